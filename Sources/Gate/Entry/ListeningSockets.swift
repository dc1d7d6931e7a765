package import Addresses
internal import Glibc
internal import NIOCore
internal import SystemPackage

/// The sockets that listen at an address, one for each of the host's numeric addresses.
package struct ListeningSockets: ~Copyable, Sendable {
  /// The address with its real port.
  package let address: CoordinatorAddress
  /// The framing of its connections' messages.
  let framing: MessageFraming
  private var descriptors: [Int32]

  /// Opens the sockets.
  ///
  /// - Parameter address: The address; port 0 takes a free one.
  /// - Throws: ``GateError`` when no socket can listen there.
  package init(on address: CoordinatorAddress) throws(GateError) {
    (descriptors, self.address) = try Self.open(address)
    framing = if case .tcp = address { .tcp } else { .local }
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Returns the descriptors, which the caller must close.
  mutating func take() -> [Int32] {
    defer { descriptors = [] }
    return descriptors
  }

  private static func open(_ address: CoordinatorAddress) throws(GateError) -> ([Int32], CoordinatorAddress) {
    switch address {
    case .process:
      throw GateError(.withinProcess, address, "a gate stands between processes only")
    case .abstract(let name):
      do {
        return ([try LocalSocket.listen(on: name)], address)
      } catch {
        throw GateError(address, error)
      }
    case .tcp(let endpoint):
      var port = endpoint.port
      var failure: GateError?
      var descriptors: [Int32] = []
      for host in try resolve(endpoint, address) {
        do {
          let descriptor = try listen(host, port)
          descriptors.append(descriptor)
          // The others get the port that the first one was given.
          if port == 0 { port = Self.port(of: descriptor) }
        } catch {
          failure = failure ?? GateError(address, error)
        }
      }
      if descriptors.isEmpty { throw failure ?? GateError(.unknownHost, address, "the name has no address") }
      return (descriptors, .tcp(HostPort(host: endpoint.host, port: port)))
    }
  }

  private static func resolve(_ endpoint: HostPort, _ address: CoordinatorAddress) throws(GateError)
    -> [SocketAddress]
  {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
    guard result == 0 else {
      throw GateError(.unknownHost, address, "the host \(endpoint.host) is not known here")
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      guard let raw = entry.ai_addr else { continue }
      switch entry.ai_family {
      case AF_INET:
        found.append(raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) })
      case AF_INET6:
        found.append(raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) })
      default: break
      }
    }
    return found
  }

  private static func listen(_ host: SocketAddress, _ port: UInt16) throws(Errno) -> Int32 {
    var host = host
    host.port = Int(port)
    let isIPv6 = host.protocol == .inet6
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, kind, 0)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    var yes: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
    // Otherwise it would take the port of the IPv4 address as well.
    if isIPv6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
    let result = host.withSockAddr {
      bind(descriptor, $0, socklen_t($1)) == 0 ? Glibc.listen(descriptor, 128) : -1
    }
    guard result == 0 else {
      let error = Errno(rawValue: errno)
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard result == 0 else { return 0 }
    // Both kinds of address have the port behind the family.
    return withUnsafeBytes(of: storage) { bytes in
      UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: MemoryLayout<sa_family_t>.size, as: UInt16.self))
    }
  }
}
