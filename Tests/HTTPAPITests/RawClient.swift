internal import Addresses
internal import Glibc
internal import HTTPAPI

/// A connection that sends what a test says and reads what comes back.
///
/// Reads wait at most five seconds.
struct RawClient {
  private let descriptor: Int32

  struct Failure: Error {}

  init(_ address: HostPort) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    // A `sockaddr_in`: the family in the machine's order, the port in the network's, the address.
    let port = UInt16(address.port)
    var target =
      withUnsafeBytes(of: UInt16(AF_INET)) { Array($0) } + [
        UInt8(port >> 8), UInt8(port & 255), 127, 0, 0, 1,
      ]
    target += [UInt8](repeating: 0, count: 8)
    let connected = target.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) {
        connect(descriptor, $0.baseAddress, socklen_t(bytes.count))
      }
    }
    guard connected == 0 else {
      _ = Glibc.close(descriptor)
      throw Failure()
    }
  }

  func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure()
    }
  }

  /// Shuts down the sending side.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Reads until the server closes, or until a text has come.
  func receive(until end: String? = nil) -> String {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &part, part.count, 0)
      guard count > 0 else { break }
      bytes += part[..<count]
      if let end, String(decoding: bytes, as: UTF8.self).contains(end) { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func close() { _ = Glibc.close(descriptor) }

  /// Sends a request and reads the answer to its end.
  static func ask(_ address: HostPort, _ text: String, halfCloses: Bool = false) throws -> String {
    let client = try RawClient(address)
    defer { client.close() }
    try client.send(text)
    if halfCloses { client.finishSending() }
    return client.receive()
  }
}
