internal import Glibc

/// The processes and ports of this machine.
enum System {
  /// Returns the processes with a mark in their environment, except those that have ended and wait to be
  /// collected.
  static func processes(marked mark: String) -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let id = Int32(name), let environment = try? Fixtures.read("/proc/\(id)/environ") else {
        continue
      }
      if String(decoding: environment, as: UTF8.self).contains(mark) { found.append(id) }
    }
    return found.sorted()
  }

  /// Returns a free port, above which the next one is free too.
  static func freePort() throws -> Int {
    for _ in 0..<100 {
      let port = Int.random(in: 20_000...29_000)
      if isFree(port), isFree(port + 1) { return port }
    }
    throw MissingFixture(description: "No free port found.")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}

/// Waits until a condition holds.
///
/// - Returns: True if it held in time.
func eventually(
  within limit: Duration = .seconds(30),
  _ condition: () async throws -> Bool
) async throws -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(20))
  }
  return false
}
