internal import CNNG

/// A socket that listens at addresses and receives requests, each of which has its own way back.
///
/// A socket that is never closed stays open until the process ends.
package final class ReplySocket: Sendable {
  private let core: SocketCore

  /// Opens a socket that listens nowhere yet.
  ///
  /// - Parameter options: The limits of messages.
  /// - Throws: ``NNGError`` when the system is out of resources.
  package init(options: SocketOptions = SocketOptions()) throws(NNGError) {
    core = try SocketCore(options: options) { nng_rep0_open($0) }
  }

  /// Starts to listen.
  ///
  /// - Parameter address: The address, such as `tcp://127.0.0.1:7700`; port 0 takes a free one.
  /// - Returns: The address with the real port.
  /// - Throws: ``NNGError`` with `addressInUse` when another process holds the port, `addressInvalid` when
  ///   the address is wrong.
  @discardableResult
  package func listen(on address: String) throws(NNGError) -> String {
    let action = "cannot listen on \(address)"
    var listener = nng_listener()
    try NNGError.check(nng_listener_create(&listener, core.socket, address), action)
    // Transports other than TCP have no keep-alive and return an error.
    _ = nng_listener_set_bool(listener, NNG_OPT_TCP_KEEPALIVE, true)
    let result = nng_listener_start(listener, 0)
    guard result == 0 else {
      // Never had a connection, so closing it is safe.
      nng_listener_close(listener)
      throw NNGError(result: result, action: action)
    }
    var bound: UnsafeMutablePointer<CChar>?
    try NNGError.check(nng_listener_get_string(listener, NNG_OPT_URL, &bound), action)
    guard let bound else { return address }
    defer { nng_strfree(bound) }
    return String(cString: bound)
  }

  /// The connections that come and go, for one reader.
  package var pipeEvents: AsyncStream<PipeEvent> { core.pipes.events }

  /// The connections that are up at this moment.
  package var pipes: Set<PipeID> { core.pipes.current }

  /// Sets a function that is called for every new connection, before its first message can be received.
  ///
  /// - Parameter added: The function. It runs on a thread of libnng's, so it only passes the number on.
  package func observeConnections(_ added: @escaping @Sendable (PipeID) -> Void) { core.pipes.observe(added) }

  /// Waits for the next request. Any number of tasks may wait at once; a connection is not read on while
  /// nobody waits for its request.
  ///
  /// - Parameter timeout: The longest time to wait; nil waits until the task is cancelled.
  /// - Returns: The request, to be answered once.
  /// - Throws: `CancellationError` when the task was cancelled; ``NNGError`` with `timedOut` or `closed`.
  package func receive(timeout: Duration? = nil) async throws -> IncomingRequest {
    try core.enter()
    do {
      let context = try core.openContext()
      var arrival = ContinuousClock.now
      let message = try await context.receive(timeout: timeout, action: "no request", arrival: &arrival)
      return IncomingRequest(message, arrival: arrival, context: context, core: core)
    } catch {
      core.leave()
      throw error
    }
  }

  /// Returns the address of a peer, such as `127.0.0.1:40312`; nil when the connection is gone or has none.
  ///
  /// - Parameter pipe: The connection.
  /// - Returns: The host and port of its far end.
  package func peerAddress(of pipe: PipeID) -> String? {
    var handle = nng_pipe()
    handle.id = pipe.rawValue
    var address = nng_sockaddr()
    guard nng_pipe_get_addr(handle, NNG_OPT_REMADDR, &address) == 0 else { return nil }
    return textOf(address)
  }

  /// Stops accepting requests and leaves the connections open until the process ends. This is always safe,
  /// even while data arrives.
  package func abandon() { core.abandon() }

  /// Waits until no task waits for a request and every request is answered or dropped, then closes all
  /// connections.
  ///
  /// The caller must have cancelled the tasks that receive, and know that the peers are quiet or gone.
  ///
  /// - Parameter timeout: The longest time for all of this; after it the socket is left as it is.
  /// - Returns: True if the socket is closed.
  @discardableResult
  package func closeWhenQuiet(within timeout: Duration) async -> Bool {
    await core.closeWhenQuiet(deadline: .now + timeout)
  }

  private func textOf(_ address: nng_sockaddr) -> String? {
    switch nng_sockaddr_family(rawValue: UInt32(address.s_family)) {
    case NNG_AF_INET:
      let host = address.s_in.sa_addr
      // Network byte order: the first byte in memory is the first of the address.
      let bytes = withUnsafeBytes(of: host) { $0.map { String($0) } }
      return bytes.joined(separator: ".") + ":\(UInt16(bigEndian: address.s_in.sa_port))"
    case NNG_AF_INET6:
      let groups = withUnsafeBytes(of: address.s_in6.sa_addr) { bytes in
        stride(from: 0, to: 16, by: 2).map {
          String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
      }
      return "[" + groups.joined(separator: ":") + "]:\(UInt16(bigEndian: address.s_in6.sa_port))"
    default:
      return nil
    }
  }
}
