internal import CNNG

/// One conversation over a socket: one request and its reply, independent of all others.
///
/// It is closed with its last reference; its operations are always awaited to their end before that.
final class Context: Sendable {
  private let context: nng_ctx

  init(_ socket: nng_socket) throws(NNGError) {
    var context = nng_ctx()
    try NNGError.check(nng_ctx_open(&context, socket), "cannot open a conversation")
    self.context = context
  }

  deinit { nng_ctx_close(context) }

  func send(_ message: consuming NNGMessage, timeout: Duration?, action: String) async throws {
    let operation = try Operation(timeout: timeout)
    try await operation.send(message, action: action) { nng_ctx_send(context, $0) }
  }

  func receive(timeout: Duration?, action: String) async throws -> NNGMessage {
    let operation = try Operation(timeout: timeout)
    return try await operation.receive(action: action) { nng_ctx_recv(context, $0) }
  }

  /// Receives a message and its time of arrival, which may be some time before the task resumes.
  func receive(
    timeout: Duration?,
    action: String,
    arrival: inout ContinuousClock.Instant
  ) async throws -> NNGMessage {
    let operation = try Operation(timeout: timeout)
    let message = try await operation.receive(action: action) { nng_ctx_recv(context, $0) }
    arrival = operation.finishedAt ?? .now
    return message
  }
}
