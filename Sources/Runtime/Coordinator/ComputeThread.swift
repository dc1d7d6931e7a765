internal import Dispatch
internal import Synchronization

/// Where a coordinator computes: one piece of work after the other, off the threads on which everything else
/// waits.
package final class ComputeThread: Sendable {
  private let queue = DispatchQueue(label: "braid.compute")
  private let waiting = Mutex(0)
  private let limit: Int

  /// Makes a thread with nothing to do.
  ///
  /// - Parameter limit: How many pieces of work may wait or run; more are refused.
  package init(limit: Int) { self.limit = limit }

  /// Too much work is waiting.
  struct Full: Error {}

  /// Runs work and hands back what it returns.
  ///
  /// - Parameter work: Runs on this thread, after what came before it.
  /// - Returns: What the work returns.
  /// - Throws: ``Full`` when too much is waiting, or what the work throws.
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
