/// What a connection is for. Both kinds come in at one port; a connection's first message tells them apart.
package enum Purpose: String, Hashable, Sendable, CaseIterable {
  /// Registration, leases and heartbeats.
  case control
  /// Chunks.
  case bulk

  /// How a message of the bulk kind begins: the letters `BR`. One on the control socket never does, since
  /// Protocol Buffers have the protocol's version first.
  package static let bulkMark: [UInt8] = [0x42, 0x52]

  /// A message that asks for nothing but an answer without content: none of the socket's own is like it.
  package var probe: [UInt8] { self == .bulk ? Self.bulkMark : [] }

  /// Tells what a connection is for.
  ///
  /// - Parameter message: The first bytes of its first message, at least two unless the message is shorter.
  package init(ofFirst message: some Collection<UInt8>) {
    self = message.starts(with: Self.bulkMark) ? .bulk : .control
  }
}
