internal import Addresses
internal import Glibc

/// A stranger at a TCP port, on a plain socket of the system.
final class RudePeer {
  /// A socket call that failed.
  struct Failure: Error {
    let call: String
    let number: Int32
  }

  private var descriptor: Int32

  /// Connects over loopback.
  init(_ address: CoordinatorAddress) throws {
    descriptor = -1
    guard case .tcp(let endpoint) = address else { throw Failure(call: "address", number: 0) }
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(call: "socket", number: errno) }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = endpoint.port.bigEndian
    target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = self.descriptor
    let result = withUnsafePointer(to: target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(call: "connect", number: errno) }
    // No test waits longer for a peer.
    var time = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { hangUp() }

  func hangUp() {
    close(descriptor)
    descriptor = -1
  }

  func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// Shuts down its sending side, then resets the connection.
  func halfCloseAndReset() {
    shutdown(descriptor, Int32(SHUT_WR))
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    hangUp()
  }

  /// Reads until the other side hangs up.
  ///
  /// - Returns: The bytes that came; nil when it does not hang up in time.
  func readToEnd() -> [UInt8]? {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        all += buffer.prefix(count)
      } else {
        return count == 0 || errno == ECONNRESET ? all : nil
      }
    }
  }
}
