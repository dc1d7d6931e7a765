internal import Synchronization

/// A one-shot event that any number of tasks can wait for.
package final class Signal: Sendable {
  private struct State {
    var isRaised = false
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Makes a signal that is not raised.
  package init() {}

  /// True if the signal is raised.
  package var isRaised: Bool { state.withLock { $0.isRaised } }

  /// Raises the signal.
  package func raise() {
    let waiters = state.withLock { state in
      state.isRaised = true
      defer { state.waiters = [:] }
      return state.waiters.values.map { $0 }
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Waits until the signal is raised or the task is cancelled.
  package func wait() async {
    let waiter = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          // Checked inside the lock: a cancellation from here on finds the waiter in its place.
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

  /// Performs an operation unless, or until, the signal is raised.
  ///
  /// - Parameter operation: The operation, which is cancelled when the signal is raised.
  /// - Returns: The operation's result; nil if the signal was first.
  /// - Throws: The operation's error, or `CancellationError`.
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
      // A wait that ends before the signal is raised was cancelled.
      if !self.isRaised { throw CancellationError() }
      return nil
    }
  }

  /// Waits for some time, or until the signal is raised or the task is cancelled.
  package func sleep(for duration: Duration) async {
    _ = try? await orElse { try await Task.sleep(for: duration) }
  }
}
