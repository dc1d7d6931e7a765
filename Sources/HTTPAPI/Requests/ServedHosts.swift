package import Addresses
internal import NIOCore

/// The names under which a server is addressed, for comparison with `Host` and `Origin` of a request.
///
/// A page in a user's browser can make the browser ask a server on the user's machine, by a form or under a
/// name of the page's own that resolves to it (DNS rebinding). The browser then sends that name or the page's
/// origin, and neither is served.
package struct ServedHosts: Sendable {
  private let listening: HostPort
  /// Names that are valid with the port that is listened on.
  private let own: Set<String>
  /// Names that are valid with the port with which they were given, or with any.
  private let given: Set<String>

  /// Makes the names of a server.
  ///
  /// - Parameters:
  ///   - listening: The address on which it listens.
  ///   - machine: The names and addresses of this machine, valid where others can reach it.
  ///   - given: Further names, with or without a port, for example those of a proxy.
  package init(listening: HostPort, machine: [String] = [], given: [String] = []) {
    self.listening = listening
    let names = [listening.host] + (listening.isLoopback ? [] : machine)
    own = Set(names.map(Self.canonical))
    self.given = Set(
      given.map { text in
        guard let (name, port) = Self.split(text) else { return text.lowercased() }
        return port.map { "\(name) \($0)" } ?? name
      }
    )
  }

  /// True if `Host` names this server.
  ///
  /// - Parameters:
  ///   - host: `NAME`, `NAME:PORT` or `[IPV6]:PORT`.
  ///   - port: The port on which the request came.
  /// - Returns: True if it is one of its names.
  package func serves(host: String, port: Int) -> Bool { serves(host, defaultPort: 80, port) }

  /// True if a page of an origin may ask this server: the server could have sent such a page itself.
  ///
  /// - Parameters:
  ///   - origin: `http://NAME:PORT`, or `null` for a page without an origin.
  ///   - port: The port on which the request came.
  /// - Returns: True if it may.
  package func serves(origin: String, port: Int) -> Bool {
    for (scheme, usual) in [("http://", 80), ("https://", 443)] where origin.lowercased().hasPrefix(scheme) {
      return serves(String(origin.dropFirst(scheme.count)), defaultPort: usual, port)
    }
    return false
  }

  private func serves(_ authority: String, defaultPort: Int, _ port: Int) -> Bool {
    guard let (name, asked) = Self.split(authority) else { return false }
    if given.contains(name) || given.contains("\(name) \(asked ?? defaultPort)") { return true }
    guard (asked ?? defaultPort) == port else { return false }
    let isLocal = listening.isLoopback || listening.isEverywhere
    return own.contains(name) || (isLocal && HostPort(host: name, port: 0).isLoopback)
  }

  /// The name and the port of an authority, the name in lower case and without brackets; nil if it is not
  /// one.
  private static func split(_ authority: String) -> (name: String, port: Int?)? {
    var name = Substring(authority)
    var port: Int?
    if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
      let digits = authority[authority.index(after: colon)...]
      guard
        digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
        (1...65535).contains(number)
      else { return nil }
      (name, port) = (authority[..<colon], number)
    }
    if name.hasPrefix("["), name.hasSuffix("]") {
      name = name.dropFirst().dropLast()
    } else if name.contains(":") {
      return nil
    }
    // A name may end in the dot of the root.
    if name.hasSuffix(".") { name = name.dropLast() }
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@\\".utf8.contains($0) })
    else {
      return nil
    }
    return (canonical(String(name)), port)
  }

  /// A name in lower case, or an address in the form in which the system writes it.
  private static func canonical(_ name: String) -> String {
    (try? SocketAddress(ipAddress: name, port: 0))?.ipAddress ?? name.lowercased()
  }
}
