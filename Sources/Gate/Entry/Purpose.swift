/// The purpose of a connection. Both kinds share a port; a connection's first message tells them apart.
package enum Purpose: String, Hashable, Sendable, CaseIterable {
  /// Registration, leases and heartbeats.
  case control
  /// Chunks.
  case bulk

  /// The beginning of every message on the bulk socket: the letters `BR`. No message on the control socket
  /// begins with them, since Protocol Buffers have the protocol's version first.
  package static let bulkMark: [UInt8] = [0x42, 0x52]

  /// A message that has no effect but an empty answer; no other message of the socket is equal to it.
  package var probe: [UInt8] { self == .bulk ? Self.bulkMark : [] }

  /// Recognises the purpose of a connection.
  ///
  /// - Parameter message: The first bytes of its first message, at least two unless the message is shorter.
  package init(ofFirst message: some Collection<UInt8>) {
    self = message.starts(with: Self.bulkMark) ? .bulk : .control
  }
}
