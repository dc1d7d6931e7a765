internal import Synchronization

/// The progress of a chunk's computation. The lane advances it, the sender waits for it, and whoever ends the
/// lease cancels it.
package final class Watermark: Sendable {
  /// The phase of a computation.
  package enum Phase: Hashable, Sendable {
    /// Under way. Next: any other.
    case computing
    /// All bytes are final. Final.
    case finished(EncodeReport)
    /// It stopped with an error. Final.
    case failed(String)
    /// The result is not wanted. Final, but the lane may go on until it next asks.
    case cancelled
  }

  private struct State {
    var phase = Phase.computing
    var ready = 0
    var finishedAt: ContinuousClock.Instant?
    var waiters: [UInt64: (bytes: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    var nextWaiter: UInt64 = 0
  }

  /// The number of the chunk's bytes.
  package let total: Int
  private let state = Mutex(State())

  /// Makes the watermark of a chunk without final bytes.
  package init(total: Int) {
    self.total = total
  }

  /// The phase, and the number of final bytes.
  package var progress: (phase: Phase, ready: Int) { state.withLock { ($0.phase, $0.ready) } }

  /// The time at which the computation finished, nil before.
  package var finishedAt: ContinuousClock.Instant? { state.withLock { $0.finishedAt } }

  /// True if the result is no longer wanted.
  package var isCancelled: Bool { state.withLock { $0.phase == .cancelled } }

  /// Notes that the first `bytes` bytes are final. A mark never goes back, nor beyond the end.
  package func advance(to bytes: Int) {
    change { state in
      if state.phase == .computing { state.ready = max(state.ready, min(bytes, total)) }
    }
  }

  /// Notes that all bytes are final.
  package func finish(_ report: EncodeReport) {
    change { state in
      guard state.phase == .computing else { return }
      state.phase = .finished(report)
      state.finishedAt = .now
      state.ready = total
    }
  }

  /// Notes that the computation stopped with an error.
  package func fail(_ reason: String) {
    change { state in
      if state.phase == .computing { state.phase = .failed(reason) }
    }
  }

  /// Notes that the result is no longer wanted, even if it is there.
  package func cancel() {
    change { $0.phase = .cancelled }
  }

  /// Waits until this many bytes are final, the computation is over or the task is cancelled.
  package func wait(forBytes bytes: Int) async {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          // Checked inside the lock: a cancellation from here on finds the waiter in its place.
          if state.phase != .computing || state.ready >= bytes || Task.isCancelled { return true }
          state.waiters[waiter] = (bytes, continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: waiter) }?.continuation.resume()
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let done = state.withLock { state in
      body(&state)
      let isOver = state.phase != .computing
      let done = state.waiters.filter { isOver || state.ready >= $0.value.bytes }
      for waiter in done.keys { state.waiters[waiter] = nil }
      return done.values.map(\.continuation)
    }
    for continuation in done { continuation.resume() }
  }
}
