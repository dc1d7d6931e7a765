package import Scheduling

/// One worker as the coordinator sees it at one moment.
package struct WorkerSnapshot: Hashable, Sendable {
  /// The state of a worker.
  package enum State: String, Hashable, Sendable {
    /// It takes chunks.
    case connected
    /// It finishes what it has and takes nothing new.
    case draining
    /// Its connection is gone or it fell silent. It is shown for a while.
    case lost
    /// It said goodbye. It is shown for a while.
    case left
  }

  /// The worker's name within this coordinator, such as `w3`; a worker that registers again gets a new one.
  package let id: String
  /// The name the worker gave itself.
  package let name: String
  /// The far end of its connection, such as `127.0.0.1:40312`; empty when not known.
  package let address: String
  /// The coordinator's models that it has, in the coordinator's order.
  package let models: [ModelIndex]
  /// The number of chunks that it computes at a time.
  package let lanes: Int
  /// The precision that it computes in.
  package let compute: String
  /// True if it sends recorded chunks instead of computing.
  package let isReplay: Bool
  /// The worker's state.
  package let state: State
  /// The chunks committed from it.
  package let chunks: Int
  /// The tokens in them.
  package let tokens: Int
  /// Tokens per second over the time in which it held a lease; 0 before its first chunk.
  package let tokensPerSecond: Double
  /// The leases it holds.
  package let leases: Int
  /// The leases that failed.
  package let failures: Int
  /// The seconds since it was last heard of.
  package let secondsSinceLastSeen: Double
}
