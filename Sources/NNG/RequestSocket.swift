internal import CNNG
internal import Synchronization

/// A socket that sends requests to one address, with any number of them under way. It dials again when the
/// connection breaks.
///
/// A request is sent once. When its connection breaks it fails with ``NNGError/Code/peerLost``; nothing is
/// repeated silently. A socket that is never closed stays open until the process ends.
package final class RequestSocket: Sendable {
  /// The address that is dialled.
  package let address: String

  private let core: SocketCore
  private let dialer: nng_dialer

  /// Opens a socket and starts to dial in the background.
  ///
  /// - Parameters:
  ///   - address: The address, such as `tcp://127.0.0.1:7700`. The peer need not be there yet.
  ///   - options: The limits of messages and the pauses before dialling again.
  /// - Throws: ``NNGError`` when the address cannot be understood.
  package init(dialing address: String, options: SocketOptions = SocketOptions()) throws(NNGError) {
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
    // Transports other than TCP have no keep-alive and return an error.
    _ = nng_dialer_set_bool(dialer, NNG_OPT_TCP_KEEPALIVE, true)
    try NNGError.check(nng_dialer_start(dialer, Int32(NNG_FLAG_NONBLOCK)), action)
    self.core = core
    self.dialer = dialer
    self.address = address
  }

  /// The connections that come and go, for one reader.
  package var pipeEvents: AsyncStream<PipeEvent> { core.pipes.events }

  /// True if a connection is up at this moment.
  package var isConnected: Bool { !core.pipes.current.isEmpty }

  /// Sends a request and waits for its reply.
  ///
  /// - Parameters:
  ///   - message: The request.
  ///   - timeout: The longest time for the whole exchange, including the wait for a connection.
  /// - Returns: The reply.
  /// - Throws: `CancellationError` when the task was cancelled; ``NNGError`` with `timedOut`, `peerLost`,
  ///   `messageTooLarge` or `closed`.
  package func request(_ message: consuming NNGMessage, timeout: Duration) async throws -> NNGMessage {
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

  /// Stops accepting requests and leaves the connection open until the process ends. This is always safe,
  /// even while data arrives.
  package func abandon() {
    // The abandoned socket must not go on dialling.
    _ = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMINT, Duration.seconds(86_400).wholeMilliseconds)
    _ = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMAXT, Duration.seconds(86_400).wholeMilliseconds)
    core.abandon()
  }

  /// Stops accepting requests, waits for those under way, then closes the connection.
  ///
  /// - Parameter timeout: The longest time for all of this; after it the socket is left as it is.
  /// - Returns: True if the socket is closed.
  @discardableResult
  package func closeWhenQuiet(within timeout: Duration) async -> Bool {
    await core.closeWhenQuiet(deadline: .now + timeout)
  }
}
