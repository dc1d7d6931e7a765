internal import Dispatch
internal import Synchronization

/// A serial queue for a coordinator's computations, off the threads on which everything else waits.
package final class ComputeThread: Sendable {
  private let queue = DispatchQueue(label: "braid.compute")
  private let waiting = Mutex(0)
  private let limit: Int

  /// Makes an idle queue.
  ///
  /// - Parameter limit: The most pieces of work that wait or run; more are refused.
  package init(limit: Int) { self.limit = limit }

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
      queue.async { continuation.resume(with: Swift.Result { try work() }) }
    }
  }
}
