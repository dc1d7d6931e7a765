/// The outcome of a simulated encoding. Times are in seconds of virtual time.
package struct SimulationOutcome: Hashable, Sendable {
  /// True if every chunk is stored; if not, one failed too often, or the simulation was given up.
  package var isComplete: Bool
  /// Time from the first lease to the merged document.
  package var encodeSeconds: Double
  /// The computing time of a lane of the worker that computed longest.
  package var computeSecondsMax: Double
  /// The computing time of a lane, on average over the workers that stored a chunk.
  package var computeSecondsMean: Double
  /// Seconds of a lane between the ends of computing and of sending, of the worker with most of it.
  package var wireSeconds: Double
  /// Time to put the chunks together.
  package var mergeSeconds: Double
  /// Leases that failed.
  package var retries: Int
  /// Leases granted on chunks that another worker already held.
  package var copies: Int
  /// Chunks that were stored, each once.
  package var committedChunks: Int
  /// Bytes that arrived, wanted or not.
  package var wireBytes: Int
  /// The share of the computed tokens that are not in the result: leads, copies, lost attempts.
  package var duplicatedTokenShare: Double
  /// The computing time if the work were divided evenly among the lanes.
  package var sharedComputeSeconds: Double
  /// Time in which the coordinator's link was in use.
  package var linkSeconds: Double
  /// Time in which the coordinator's processor was in use.
  package var coordinatorSeconds: Double
  /// Time in which a worker waited for memory at the coordinator.
  package var roomSeconds: Double
  /// Events that were handled.
  package var events: Int

  /// The part that bounds the time of an encoding.
  package enum Bottleneck: String, CaseIterable, Sendable {
    /// The lanes are busy nearly all the time: more of them would help.
    case compute
    /// The coordinator's link is busy nearly all the time.
    case link
    /// The coordinator is busy nearly all the time, or lacks memory for what workers have to send.
    case coordinator
    /// Nothing is busy nearly all the time: slow or lost workers, chunks that cannot be divided evenly.
    case stragglers
  }

  /// The busiest of lanes, link and coordinator, if it is busy for at least 80 % of the time. The lanes count
  /// as if the work were divided evenly. If nothing is that busy, the coordinator counts if transfers waited
  /// for memory for half of the time.
  package var bottleneck: Bottleneck {
    let parts: [(Bottleneck, Double)] = [
      (.compute, sharedComputeSeconds), (.link, linkSeconds), (.coordinator, coordinatorSeconds),
    ]
    if let busiest = parts.max(by: { $0.1 < $1.1 }), busiest.1 >= 0.8 * encodeSeconds { return busiest.0 }
    return roomSeconds >= 0.5 * encodeSeconds ? .coordinator : .stragglers
  }
}
