internal import Synchronization

/// How far the computation of a chunk has come: written by the lane, awaited by the sender, cut short by
/// whoever ends the lease.
package final class Watermark: Sendable {
  /// What a computation is at.
  package enum Phase: Hashable, Sendable {
    /// Under way. Next: any other.
    case computing
    /// All bytes are final. Final.
    case finished(EncodeReport)
    /// It stopped with an error. Final.
    case failed(String)
    /// The result is not wanted. Final, but the lane may still be at work until it asks.
    case cancelled
  }

  private struct State {
    var phase = Phase.computing
    var ready = 0
    var finishedAt: ContinuousClock.Instant?
    var waiters: [UInt64: (bytes: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    var nextWaiter: UInt64 = 0
  }

  /// The bytes of the whole chunk.
  package let total: Int
  private let state = Mutex(State())

  /// Begins at no bytes of `total`.
  package init(total: Int) {
    self.total = total
  }

  /// The phase, and the bytes that are final.
  package var progress: (phase: Phase, ready: Int) { state.withLock { ($0.phase, $0.ready) } }

  /// When the computation finished, nil while it has not.
  package var finishedAt: ContinuousClock.Instant? { state.withLock { $0.finishedAt } }

  /// Whether the result is no longer wanted.
  package var isCancelled: Bool { state.withLock { $0.phase == .cancelled } }

  /// The first `bytes` bytes are final. A mark never goes back, nor beyond the end.
  package func advance(to bytes: Int) {
    change { state in
      if state.phase == .computing { state.ready = max(state.ready, min(bytes, total)) }
    }
  }

  /// All bytes are final.
  package func finish(_ report: EncodeReport) {
    change { state in
      guard state.phase == .computing else { return }
      state.phase = .finished(report)
      state.finishedAt = .now
      state.ready = total
    }
  }

  /// The computation stopped with an error.
  package func fail(_ reason: String) {
    change { state in
      if state.phase == .computing { state.phase = .failed(reason) }
    }
  }

  /// The result is not wanted (any more), even if it is there.
  package func cancel() {
    change { $0.phase = .cancelled }
  }

  /// Waits until so many bytes are final or the computation is over; returns early when the task is
  /// cancelled.
  package func wait(forBytes bytes: Int) async {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          // Looked at inside the lock: a cancellation from here on finds the waiter in its place.
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
