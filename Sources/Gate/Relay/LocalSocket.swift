internal import Glibc
internal import SystemPackage

/// Sockets in Linux's abstract namespace with addresses of exactly the name's length, as libnng has them.
/// NIO's addresses of the Unix domain always have the full length.
enum LocalSocket {
  /// Connects to a listener, without waiting.
  ///
  /// - Parameter name: The listener's name.
  /// - Returns: The descriptor, for the caller to close.
  /// - Throws: `Errno`: `connectionRefused` if nobody listens, `resourceTemporarilyUnavailable` while too
  ///   many connections wait for the listener.
  static func connect(to name: String) throws(Errno) -> Int32 {
    try make(name) { Glibc.connect($0, $1, $2) }
  }

  /// Listens under a name.
  ///
  /// - Parameter name: The name, which must be unused.
  /// - Returns: The descriptor, for the caller to close.
  /// - Throws: `Errno`, such as `addressInUse`.
  static func listen(on name: String) throws(Errno) -> Int32 {
    try make(name) { Glibc.bind($0, $1, $2) == 0 ? Glibc.listen($0, 128) : -1 }
  }

  private static func make(
    _ name: String,
    _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(Errno) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The zero before an abstract name is counted.
    let length = MemoryLayout<sa_family_t>.size + 1 + name.utf8.count
    guard length <= MemoryLayout<sockaddr_un>.size else { throw .fileNameTooLong }
    withUnsafeMutableBytes(of: &address.sun_path) { path in
      UnsafeMutableRawBufferPointer(rebasing: path.dropFirst()).copyBytes(from: name.utf8)
    }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, socklen_t(length)) }
    }
    guard result == 0 else {
      let error = Errno(rawValue: errno)
      close(descriptor)
      throw error
    }
    return descriptor
  }
}
