/// The limits of a socket's messages and its pauses before dialling again.
public struct SocketOptions: Hashable, Sendable {
  /// The longest message accepted from a peer, in bytes; a longer one closes its connection.
  public var maximumReceiveBytes: Int
  /// The longest message this side sends, in bytes; a longer one is refused here.
  public var maximumSendBytes: Int
  /// The pause before the first new attempt to connect.
  public var minimumReconnect: Duration
  /// The longest pause, after several attempts.
  public var maximumReconnect: Duration

  public init(
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
