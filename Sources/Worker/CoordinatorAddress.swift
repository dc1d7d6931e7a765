/// The address of a coordinator's control socket, from which that of its bulk socket follows.
package struct CoordinatorAddress: Hashable, Sendable, CustomStringConvertible {
  /// Everything before the port, with the colon: `tcp://host:`.
  private let prefix: String
  /// The port of the control socket.
  package let port: UInt16

  /// Reads an address like `tcp://host:7700`, `tls+tcp://host:7700` or `tcp://[::1]:7700`.
  ///
  /// - Throws: ``WorkerError/invalidAddress(_:)``.
  package init(_ text: String) throws(WorkerError) {
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
    self.prefix = String(text[...colon])
    self.port = port
  }

  /// The address of another port on the same host.
  package func with(port: UInt16) -> String { prefix + String(port) }

  /// The address as NNG takes it.
  package var description: String { prefix + String(port) }
}
