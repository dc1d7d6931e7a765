internal import Synchronization
internal import Threads

/// A thread for computations, off the threads on which everything else waits. It is the same thread for all of them, so
/// that the matrix library keeps its own.
package final class ComputeThread: Sendable {
  private let thread: JobThread
  private let waiting = Mutex(0)
  private let limit: Int

  /// Makes an idle thread.
  ///
  /// - Parameter limit: The most pieces of work that wait or run; more are refused.
  /// - Throws: `NoThread` when the system starts no more threads.
  package init(limit: Int) throws {
    self.limit = limit
    thread = try JobThread(name: "braid.compute")
  }

  deinit { thread.stop() }

  /// Too much work is waiting: a value to act on and not a message.
  struct Full: Error {}

  /// Runs work and returns its result.
  ///
  /// - Parameter work: Runs after the work that came before it.
  /// - Returns: The result of the work.
  /// - Throws: ``Full`` when too much is waiting, or the error of the work.
  package func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    let isFree = waiting.withLock { count in
      if count >= limit { return false }
      count += 1
      return true
    }
    guard isFree else { throw Full() }
    defer { waiting.withLock { $0 -= 1 } }
    return try await withCheckedThrowingContinuation { continuation in
      thread.run { continuation.resume(with: Swift.Result { try work() }) }
    }
  }

  /// Runs work behind that which came before it; what waits here is the caller's to bound.
  func enqueue(_ work: @escaping @Sendable () -> Void) { thread.run(work) }
}
