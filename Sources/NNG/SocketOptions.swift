/// The limits and habits of a socket.
public struct SocketOptions: Hashable, Sendable {
  /// The longest message accepted from a peer, in bytes; a longer one closes its connection.
  public var maximumReceiveBytes: Int
  /// The longest message this side sends, in bytes; a longer one is refused here.
  public var maximumSendBytes: Int
  /// How long a broken connection waits before the first new attempt.
  public var minimumReconnect: Duration
  /// How long it waits at most, after several attempts.
  public var maximumReconnect: Duration

  /// Sets the limits.
  ///
  /// - Parameters:
  ///   - maximumReceiveBytes: The longest message accepted, in bytes.
  ///   - maximumSendBytes: The longest message sent, in bytes.
  ///   - minimumReconnect: The first pause before a new attempt to connect.
  ///   - maximumReconnect: The longest such pause.
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
