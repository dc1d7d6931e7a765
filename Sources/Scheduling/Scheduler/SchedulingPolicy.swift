/// The scheduler's figures: how long to wait and how often to try.
public struct SchedulingPolicy: Hashable, Sendable {
  /// How often a worker says that it lives.
  public var heartbeatPeriod: Duration = .seconds(1)

  /// After so many periods of silence a worker counts as lost.
  public var missedHeartbeats = 3

  /// How long a granted lease may stay unnamed by its worker before it returns to the queue.
  ///
  /// A reply to a worker that has just died is reported as sent; this wait finds the lease again.
  public var acknowledgementGrace: Duration = .seconds(3)

  /// How long a running lease may show no progress before it returns to the queue.
  public var progressTimeout: Duration = .seconds(60)

  /// A chunk whose leases have failed this often fails its job.
  public var maximumAttempts = 5

  /// Leases a worker may hold for each lane: one in computation, one whose tail is still being sent.
  public var leasesPerLane = 2

  /// How long a chunk that a worker failed is kept for other workers.
  public var avoidance: Duration = .seconds(10)

  /// A lease older than this many times the expected duration is copied to an idle worker.
  public var speculationFactor = 2.0

  /// A lease younger than this is never copied.
  public var speculationMinimumAge: Duration = .seconds(1)

  /// Makes a policy of the default figures.
  public init() {}

  /// How often to look for silent workers, expired leases and slow ones to copy.
  public var tickPeriod: Duration { max(.milliseconds(10), min(heartbeatPeriod / 4, .milliseconds(250))) }

  /// The silence after which a worker counts as lost.
  public var silenceLimit: Duration { heartbeatPeriod * missedHeartbeats }
}
