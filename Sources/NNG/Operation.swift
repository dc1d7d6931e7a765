internal import CNNG
internal import Synchronization

/// One asynchronous operation of libnng, used once.
///
/// In libnng, cancelling before submission has no effect, and a task's cancellation handler may run at any
/// time. So the state below fixes the order: the handler cancels only a submitted operation, and the
/// submitter checks again after submission. Only the callback resumes the waiting task (or the submitter, if
/// it never submits), so the task resumes exactly once.
final class Operation: Sendable {
  private let completion: Completion
  // Safe to share: libnng locks its own handles, and this one is freed only in deinit.
  nonisolated(unsafe) private let aio: OpaquePointer

  /// Prepares an operation.
  ///
  /// - Parameter timeout: The longest time that it may take; nil waits until it is cancelled.
  /// - Throws: ``NNGError`` when memory is short.
  init(timeout: Duration?) throws(NNGError) {
    let completion = Completion()
    var aio: OpaquePointer?
    let result = nng_aio_alloc(
      &aio,
      { argument in
        guard let argument else { return }
        // Balances the retain made at submission.
        Unmanaged<Completion>.fromOpaque(argument).takeRetainedValue().finish()
      },
      Unmanaged.passUnretained(completion).toOpaque()
    )
    try NNGError.check(result, "cannot start an operation")
    guard let aio else { throw NNGError(.outOfMemory, "cannot start an operation") }
    nng_aio_set_timeout(aio, timeout?.wholeMilliseconds ?? NNG_DURATION_INFINITE)
    self.completion = completion
    self.aio = aio
  }

  // The last reference may go on libnng's own thread, where freeing directly would wait for itself.
  deinit { nng_aio_reap(aio) }

  /// Submits the operation and waits for its end.
  ///
  /// - Parameters:
  ///   - message: The message, which the operation frees when it cannot be sent.
  ///   - action: The action, for the error.
  ///   - submit: Hands the operation to libnng.
  /// - Throws: `CancellationError` when the task was cancelled, else ``NNGError``.
  func send(
    _ message: consuming NNGMessage,
    action: String,
    submit: (OpaquePointer) -> Void
  ) async throws {
    nng_aio_set_msg(aio, message.release())
    let result = await perform(submit)
    guard result == 0 else {
      // After a failure the message is ours again.
      if let raw = nng_aio_get_msg(aio) { nng_msg_free(raw) }
      throw failure(result, action: action)
    }
  }

  /// Submits the operation and waits for a message.
  ///
  /// - Parameters:
  ///   - action: The action, for the error.
  ///   - submit: Hands the operation to libnng.
  /// - Returns: The message received.
  /// - Throws: `CancellationError` when the task was cancelled, else ``NNGError``.
  func receive(action: String, submit: (OpaquePointer) -> Void) async throws -> NNGMessage {
    let result = await perform(submit)
    guard result == 0 else { throw failure(result, action: action) }
    guard let raw = nng_aio_get_msg(aio) else {
      throw NNGError(.wrongState, action, advice: "no message came with the answer")
    }
    return NNGMessage(adopting: raw)
  }

  /// The time at which it ended, nil before.
  var finishedAt: ContinuousClock.Instant? { completion.finishedAt }

  private func failure(_ result: Int32, action: String) -> any Error {
    if result == cancelled, completion.isCancelled { return CancellationError() }
    return NNGError(result: result, action: action)
  }

  private func perform(_ submit: (OpaquePointer) -> Void) async -> Int32 {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard completion.begin(continuation) else {
          continuation.resume(returning: ())
          return
        }
        _ = Unmanaged.passRetained(completion)
        submit(aio)
        if completion.markSubmitted() { nng_aio_cancel(aio) }
      }
    } onCancel: {
      if completion.cancel() { nng_aio_cancel(aio) }
    }
    return completion.wasSubmitted ? nng_aio_result(aio) : cancelled
  }
}

/// The number of an operation that was cancelled.
private let cancelled = Int32(bitPattern: NNG_ECANCELED.rawValue)

/// The state shared between the waiting task, the callback and the cancellation handler.
private final class Completion: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Void, Never>?
    var isSubmitted = false
    var isCancelled = false
    var finishedAt: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  var isCancelled: Bool { state.withLock { $0.isCancelled } }
  var finishedAt: ContinuousClock.Instant? { state.withLock { $0.finishedAt } }
  var wasSubmitted: Bool { state.withLock { $0.isSubmitted } }

  /// Stores the continuation; returns false if the operation was cancelled before it began.
  func begin(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
    state.withLock { state in
      guard !state.isCancelled else { return false }
      state.continuation = continuation
      return true
    }
  }

  /// Notes the submission; returns true if a cancellation came in between and must still be passed on.
  func markSubmitted() -> Bool {
    state.withLock { state in
      state.isSubmitted = true
      return state.isCancelled
    }
  }

  /// Notes the cancellation; returns true if the operation is submitted and must be cancelled now.
  func cancel() -> Bool {
    state.withLock { state in
      state.isCancelled = true
      return state.isSubmitted
    }
  }

  /// Resumes the waiting task; called by libnng on its own thread, once per submission.
  func finish() {
    let continuation = state.withLock { state in
      let continuation = state.continuation
      state.continuation = nil
      state.finishedAt = .now
      // The callback can overtake the submitter.
      state.isSubmitted = true
      return continuation
    }
    continuation?.resume()
  }
}

extension Duration {
  /// The duration in milliseconds, at least 1 and at most 2 billion, as libnng counts in 32 bits.
  var wholeMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    guard seconds >= 0 else { return 1 }
    return max(1, Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}
