internal import Wire

/// The address of a coordinator's control socket, from which that of its bulk socket follows.
package struct CoordinatorAddress: Hashable, Sendable, CustomStringConvertible {
  private enum Kind: Hashable, Sendable {
    /// Everything before the port, with the colon: `tcp://host:`.
    case network(prefix: String)
    /// A name that only this machine or this process knows.
    case local
  }

  private let kind: Kind
  /// The port of the control socket; 0 where addresses have none.
  package let port: UInt16
  /// The address as NNG takes it.
  package let description: String

  /// Reads an address like `tcp://host:7700`, `tls+tcp://host:7700` or `tcp://[::1]:7700`; or a name like
  /// `abstract://braid` or `inproc://braid`.
  ///
  /// - Throws: ``WorkerError/invalidAddress(_:)``.
  package init(_ text: String) throws(WorkerError) {
    description = text
    if let scheme = WireProtocol.localSchemes.first(where: text.hasPrefix) {
      guard text.utf8.count > scheme.utf8.count else { throw .invalidAddress(text) }
      kind = .local
      port = 0
      return
    }
    let schemes = ["tcp://", "tcp4://", "tcp6://", "tls+tcp://", "tls+tcp4://", "tls+tcp6://"]
    guard let scheme = schemes.first(where: text.hasPrefix), let colon = text.lastIndex(of: ":") else {
      throw .invalidAddress(text)
    }
    let rest = text.dropFirst(scheme.count)
    let host = rest.prefix(upTo: max(rest.startIndex, colon))
    let isBare = !host.contains(":") && !host.contains("/")
    guard colon >= rest.startIndex, !host.isEmpty, isBare || (host.first == "[" && host.last == "]"),
      let port = UInt16(text[text.index(after: colon)...]), port > 0
    else { throw .invalidAddress(text) }
    self.kind = .network(prefix: String(text[...colon]))
    self.port = port
  }

  /// The address of the bulk socket, given the port that the coordinator names; nil for a port that does not
  /// exist.
  package func bulk(port: UInt32) -> String? {
    switch kind {
    case .local: return description + WireProtocol.localBulkSuffix
    case .network(let prefix):
      guard let port = UInt16(exactly: port), port > 0 else { return nil }
      return prefix + String(port)
    }
  }
}
