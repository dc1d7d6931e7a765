internal import CNNG
internal import Synchronization

/// One asynchronous operation of libnng, used once.
///
/// Cancelling before submission is a no-op in libnng and the cancellation handler of a task may run at any
/// time, so the order is fixed by the state below: the handler cancels only what is submitted, and the
/// submitter looks again afterwards. Only the callback resumes the waiting task (or the submitter, when it
/// never submits), so it resumes exactly once.
final class Operation: Sendable {
  private let completion: Completion
  // Safe to share: libnng locks its own handles, and this one is freed only in deinit.
  nonisolated(unsafe) private let aio: OpaquePointer

  /// Prepares an operation.
  ///
  /// - Parameter timeout: How long it may take; nil waits until it is cancelled.
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
  ///   - message: What to send; the operation frees it when it cannot be sent.
  ///   - action: What is being done, for the error.
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
  ///   - action: What is being done, for the error.
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

  /// When it ended, as far as it has.
  var finishedAt: ContinuousClock.Instant? { completion.finishedAt }

  private func failure(_ result: Int32, action: String) -> any Error {
    if result == NNGError.Code.canceled.rawValue, completion.isCancelled { return CancellationError() }
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
    return completion.wasSubmitted ? nng_aio_result(aio) : NNGError.Code.canceled.rawValue
  }
}

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

  /// Stores the continuation; false when the operation was cancelled before it began.
  func begin(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
    state.withLock { state in
      guard !state.isCancelled else { return false }
      state.continuation = continuation
      return true
    }
  }

  /// Notes the submission; true when a cancellation came in between and is still to be passed on.
  func markSubmitted() -> Bool {
    state.withLock { state in
      state.isSubmitted = true
      return state.isCancelled
    }
  }

  /// Notes the cancellation; true when the operation is submitted and is to be cancelled now.
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
  /// The duration in milliseconds, at least 1 and at most what libnng can count.
  var wholeMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    guard seconds >= 0 else { return 1 }
    return max(1, Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}
