/// What a simulated encoding came to. Times are in seconds of virtual time.
package struct SimulationOutcome: Hashable, Sendable {
  /// Whether every chunk is stored; if not, one failed too often.
  package var isComplete: Bool
  /// From the first lease to the merged document.
  package var encodeSeconds: Double
  /// The computing time of a lane of the worker that computed longest.
  package var computeSecondsMax: Double
  /// The computing time of a lane, on average over the workers that stored a chunk.
  package var computeSecondsMean: Double
  /// Seconds of a lane between the ends of computing and of sending, of the worker with most of it.
  package var wireSeconds: Double
  /// Time to put the chunks together.
  package var mergeSeconds: Double
  /// Leases that came to nothing.
  package var retries: Int
  /// Leases on chunks that another worker was at work on.
  package var copies: Int
  /// Chunks that were stored, each once.
  package var committedChunks: Int
  /// Bytes that arrived, wanted or not.
  package var wireBytes: Int
  /// The share of the computed tokens that were computed before or by another: leads, copies, lost attempts.
  package var duplicatedTokenShare: Double
  /// The computing time if it could be shared out among the lanes to the last bit.
  package var sharedComputeSeconds: Double
  /// Time in which the coordinator's link was in use.
  package var linkSeconds: Double
  /// Time in which the coordinator's processor was in use.
  package var coordinatorSeconds: Double
  /// Time in which a worker waited because the coordinator had no room for a transfer.
  package var roomSeconds: Double
  /// Events that were handled.
  package var events: Int

  /// What an encoding is bound by.
  package enum Bottleneck: String, CaseIterable, Sendable {
    /// The lanes are busy nearly all the time: more of them would help.
    case compute
    /// The coordinator's link is.
    case link
    /// The coordinator is, or has no room for what workers have to send.
    case coordinator
    /// Nothing is: slow workers, lost ones, chunks that cannot be shared out evenly, and waiting for these.
    case stragglers
  }

  /// What is busy for at least 80 % of the time, if anything is: the lanes, as if the work were shared out evenly,
  /// the link, or the coordinator; the one that is busiest. The coordinator also counts when it has had no room for
  /// half of the time and nothing is busy.
  package var bottleneck: Bottleneck {
    let parts: [(Bottleneck, Double)] = [
      (.compute, sharedComputeSeconds), (.link, linkSeconds), (.coordinator, coordinatorSeconds),
    ]
    if let busiest = parts.max(by: { $0.1 < $1.1 }), busiest.1 >= 0.8 * encodeSeconds { return busiest.0 }
    return roomSeconds >= 0.5 * encodeSeconds ? .coordinator : .stragglers
  }
}
