internal import NIOCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The names and addresses under which clients may address this machine.
enum MachineNames {
  /// The host name and the addresses of all interfaces, as far as the system tells them.
  static func all() -> [String] {
    let addresses = ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }
    return hostName().map { [$0] + addresses } ?? addresses
  }

  private static func hostName() -> String? {
    var characters = [CChar](repeating: 0, count: 256)
    guard gethostname(&characters, characters.count - 1) == 0 else { return nil }
    let name = String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return name.isEmpty ? nil : name
  }
}
