/// The scheduler's limits and periods.
package struct SchedulingPolicy: Hashable, Sendable {
  /// The time between two heartbeats of a worker.
  package var heartbeatPeriod: Duration = .seconds(1)

  /// The number of heartbeat periods in silence after which a worker counts as lost.
  package var missedHeartbeats = 3

  /// The longest time for which a granted lease may stay unconfirmed before it returns to the queue.
  ///
  /// A reply to a worker that has just died is reported as sent; this limit brings the lease back.
  package var acknowledgementGrace: Duration = .seconds(3)

  /// The longest time for which a running lease may show no progress before it returns to the queue.
  package var progressTimeout: Duration = .seconds(60)

  /// The number of failures of one chunk at which its job fails.
  package var maximumAttempts = 5

  /// Leases a worker may hold for each lane: one being computed, one whose last bytes are still being sent.
  package var leasesPerLane = 2

  /// The time for which a chunk that a worker failed is kept for other workers.
  package var avoidance: Duration = .seconds(10)

  /// The multiple of its expected duration beyond which a lease is copied to an idle worker.
  package var speculationFactor = 2.0

  /// The age below which a lease is never copied.
  package var speculationMinimumAge: Duration = .seconds(1)

  /// Makes a policy with the default values.
  package init() {}

  /// The time between two searches for silent workers, expired leases and slow ones to copy.
  package var tickPeriod: Duration { max(.milliseconds(10), min(heartbeatPeriod / 4, .milliseconds(250))) }

  /// The silence after which a worker counts as lost.
  package var silenceLimit: Duration { heartbeatPeriod * missedHeartbeats }
}
