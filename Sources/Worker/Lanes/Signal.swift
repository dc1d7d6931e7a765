internal import Synchronization

/// A fact that becomes true once, and that any number of tasks can wait for.
package final class Signal: Sendable {
  private struct State {
    var isRaised = false
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Begins untrue.
  package init() {}

  /// Whether it is true.
  package var isRaised: Bool { state.withLock { $0.isRaised } }

  /// Makes it true.
  package func raise() {
    let waiters = state.withLock { state in
      state.isRaised = true
      defer { state.waiters = [:] }
      return state.waiters.values.map { $0 }
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Waits until it is true or the task is cancelled.
  package func wait() async {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          // Looked at inside the lock: a cancellation from here on finds the waiter in its place.
          if state.isRaised || Task.isCancelled { return true }
          state.waiters[waiter] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
    }
  }

  /// Does something unless, or until, the fact is true.
  ///
  /// - Parameter operation: What to do; it is cancelled when the fact becomes true.
  /// - Returns: What the operation returns, nil when the fact was first.
  /// - Throws: What the operation throws, or `CancellationError`.
  package func orElse<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result? {
    if isRaised { return nil }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await operation() }
      group.addTask {
        await self.wait()
        return nil
      }
      defer { group.cancelAll() }
      if let first = try await group.next(), let result = first { return result }
      // A wait that ends before the fact is true was cancelled.
      if !self.isRaised { throw CancellationError() }
      return nil
    }
  }

  /// Waits for some time, or until the fact is true or the task is cancelled.
  package func sleep(for duration: Duration) async {
    _ = try? await orElse { try await Task.sleep(for: duration) }
  }
}
