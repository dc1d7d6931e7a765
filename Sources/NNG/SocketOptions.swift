/// The limits of a socket's messages and its pauses before dialling again.
package struct SocketOptions: Hashable, Sendable {
  /// The longest message accepted from a peer, in bytes; a longer one closes its connection.
  package var maximumReceiveBytes: Int
  /// The longest message this side sends, in bytes; a longer one is refused here.
  package var maximumSendBytes: Int
  /// The pause before the first new attempt to connect.
  package var minimumReconnect: Duration
  /// The longest pause, after several attempts.
  package var maximumReconnect: Duration

  package init(
    maximumReceiveBytes: Int = 8 << 20,
    maximumSendBytes: Int = 8 << 20,
    minimumReconnect: Duration = .milliseconds(100),
    maximumReconnect: Duration = .seconds(5)
  ) {
    self.maximumReceiveBytes = maximumReceiveBytes
    self.maximumSendBytes = maximumSendBytes
    self.minimumReconnect = minimumReconnect
    self.maximumReconnect = maximumReconnect
  }
}
