internal import CNNG
internal import Synchronization

/// The asking side: dials one address, keeps dialling when the connection breaks, and has any number of
/// requests under way.
///
/// A request is sent once. When its connection breaks it fails with ``NNGError/Code/peerLost``; nothing is
/// repeated silently. A socket that is never closed stays open until the process ends.
public final class RequestSocket: Sendable {
  /// The address dialled.
  public let address: String

  private let core: SocketCore
  private let dialer: nng_dialer

  /// Opens a socket and starts to dial in the background.
  ///
  /// - Parameters:
  ///   - address: Where to dial, such as `tcp://127.0.0.1:7700`. The peer need not be there yet.
  ///   - options: Limits and pauses.
  /// - Throws: ``NNGError`` when the address cannot be understood.
  public init(dialing address: String, options: SocketOptions = SocketOptions()) throws(NNGError) {
    let core = try SocketCore(options: options) { nng_req0_open($0) }
    let action = "cannot dial \(address)"
    // Both kinds of repetition, on a timer and on a broken connection, are off.
    try NNGError.check(
      nng_socket_set_ms(core.socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE),
      action
    )
    try NNGError.check(
      nng_socket_set_ms(core.socket, NNG_OPT_RECONNMINT, options.minimumReconnect.wholeMilliseconds),
      action
    )
    try NNGError.check(
      nng_socket_set_ms(core.socket, NNG_OPT_RECONNMAXT, options.maximumReconnect.wholeMilliseconds),
      action
    )
    var dialer = nng_dialer()
    try NNGError.check(nng_dialer_create(&dialer, core.socket, address), action)
    // Other transports than TCP have no keep-alive and say so.
    _ = nng_dialer_set_bool(dialer, NNG_OPT_TCP_KEEPALIVE, true)
    try NNGError.check(nng_dialer_start(dialer, Int32(NNG_FLAG_NONBLOCK)), action)
    self.core = core
    self.dialer = dialer
    self.address = address
  }

  /// Connections as they come and go, for one reader.
  public var pipeEvents: AsyncStream<PipeEvent> { core.pipes.events }

  /// Whether a connection is up at this moment.
  public var isConnected: Bool { !core.pipes.current.isEmpty }

  /// Sends a request and waits for its reply.
  ///
  /// - Parameters:
  ///   - message: The request.
  ///   - timeout: How long the whole exchange may take, including the wait for a connection.
  /// - Returns: The reply.
  /// - Throws: `CancellationError` when the task was cancelled; ``NNGError`` with `timedOut`, `peerLost`,
  ///   `messageTooLarge` or `closed`.
  public func request(_ message: consuming NNGMessage, timeout: Duration) async throws -> NNGMessage {
    let deadline = ContinuousClock.now + timeout
    try core.check(outgoing: message.byteCount)
    try core.enter()
    defer { core.leave() }
    let context = try core.openContext()
    let action = "no reply from \(address)"
    // Receiving before the send is complete can lose the operation in libnng 1.5.
    try await context.send(message, timeout: timeout, action: action)
    return try await context.receive(timeout: deadline - .now, action: action)
  }

  /// Accepts no more requests and leaves the connection to the end of the process: always safe, also while
  /// data arrives.
  public func abandon() {
    // So that the forgotten socket does not go on knocking.
    _ = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMINT, Duration.seconds(86_400).wholeMilliseconds)
    _ = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMAXT, Duration.seconds(86_400).wholeMilliseconds)
    core.abandon()
  }

  /// Accepts no more requests, waits for those under way, then closes the connection.
  ///
  /// - Parameter timeout: How long all of this may take; after it the socket is left as it is.
  /// - Returns: Whether the socket is closed.
  @discardableResult
  public func closeWhenQuiet(within timeout: Duration) async -> Bool {
    await core.closeWhenQuiet(deadline: .now + timeout)
  }
}
