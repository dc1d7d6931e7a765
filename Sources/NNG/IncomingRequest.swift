internal import CNNG
internal import Synchronization

/// A request from a peer, with the way back to it for one answer.
///
/// It may be kept for any time: a long poll waits in it while other requests are served. If it is dropped
/// unanswered, the peer waits for as long as its own timeout.
package final class IncomingRequest: Sendable {
  /// The connection over which the request came.
  package let pipe: PipeID
  /// The time of its arrival, before any task resumed for it.
  package let arrival: ContinuousClock.Instant

  private let message: NNGMessage
  private let context: Context
  private let core: SocketCore
  private let isAnswered = Atomic(false)

  init(
    _ message: consuming NNGMessage,
    arrival: ContinuousClock.Instant,
    context: Context,
    core: SocketCore
  ) {
    self.arrival = arrival
    self.pipe = message.pipe ?? PipeID(rawValue: 0)
    self.message = message
    self.context = context
    self.core = core
  }

  deinit { core.leave() }

  /// The size of the request in bytes.
  package var byteCount: Int { message.byteCount }

  /// Lends the request for reading. Its first byte has no particular alignment.
  ///
  /// - Parameter body: Reads the bytes, which are valid only inside it.
  /// - Returns: The closure's result.
  /// - Throws: The closure's error.
  package func withBytes<Result: ~Copyable, Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try message.withBytes(body)
  }

  /// Answers the request. A peer that is gone by now is not an error: the reply is dropped.
  ///
  /// - Parameters:
  ///   - reply: The answer.
  ///   - timeout: The longest time for handing it to the connection.
  /// - Throws: ``NNGError`` with `wrongState` for a second answer, `messageTooLarge` or `timedOut`;
  ///   `CancellationError` when the task was cancelled.
  package func reply(_ reply: consuming NNGMessage, timeout: Duration = .seconds(10)) async throws {
    try core.check(outgoing: reply.byteCount)
    guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else {
      throw NNGError(.wrongState, "this request is answered already", advice: "answer a request once")
    }
    try await context.send(reply, timeout: timeout, action: "cannot send the reply")
  }
}
