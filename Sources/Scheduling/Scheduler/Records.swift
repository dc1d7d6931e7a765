internal import DequeModule

/// The scheduler's record of one chunk.
struct ChunkRecord: Sendable {
  enum Phase: Sendable {
    /// In its job's queue, without a lease. Next: leased, or gone with its job.
    case queued
    /// Held by one lease, or two when copied. Next: queued (all failed) or done (one finished).
    case leased
    /// Stored. Final.
    case done
  }

  /// The chunk's length in tokens.
  let size: Int
  var phase = Phase.queued
  /// Leases granted so far.
  var grants = 0
  /// The live leases, at most two.
  var leases: [LeaseToken] = []
  /// The failures that count, at most the policy's maximum.
  var failures: [ChunkFailure] = []
  /// The workers that failed this chunk; until ``avoidedUntil`` others are preferred.
  var avoided: Set<WorkerID> = []
  var avoidedUntil = Instant(nanoseconds: .min)
}

/// The scheduler's record of one job.
struct JobRecord: Sendable {
  var state = JobState.running
  var chunks: [ChunkRecord]
  /// The indices of the queued chunks; failed ones return to the front.
  var queue: Deque<Int>
  var done = 0
  var doneTokens = 0
  var retries = 0
  var copies = 0
  var contributions: [WorkerID: Contribution] = [:]
  /// The model that encodes the chunks.
  let model: ModelIndex
  /// The most workers that share the job; nil for all.
  let workerLimit: Int?
  /// The workers that share a job with a limit: those that came first and are still there.
  var members: Set<WorkerID> = []

  init(sizes: [Int], model: ModelIndex, workerLimit: Int?) {
    chunks = sizes.map { ChunkRecord(size: $0) }
    queue = Deque(sizes.indices)
    self.model = model
    self.workerLimit = workerLimit
  }

  /// Returns true if a worker has the job's model and may get chunks of this job.
  func takes(_ worker: WorkerID, _ record: WorkerRecord) -> Bool {
    guard record.models.contains(model) else { return false }
    guard let workerLimit else { return true }
    return members.contains(worker) || members.count < workerLimit
  }
}

/// The scheduler's record of one worker.
struct WorkerRecord: Sendable {
  let lanes: Int
  /// The models that it has.
  let models: Set<ModelIndex>
  let registeredAt: Instant
  var lastHeard: Instant
  var isDraining = false
  var leases: Set<LeaseToken> = []
  var completed = 0
  var completedTokens = 0
  var failed = 0
  var superseded = 0
}

/// The scheduler's record of one live lease.
struct LeaseRecord: Sendable {
  let lease: Lease
  /// The chunk's length in tokens.
  let size: Int
  /// The model that encodes the chunk.
  let model: ModelIndex
  /// True if the chunk has a second live lease.
  var isShared = false
  /// True if the worker is known to have the lease, from a heartbeat or from its transfer.
  var isAcknowledged = false
  /// The time at which the lease ends unless there is progress.
  var expiry: Instant
  /// The most bytes that the worker has reported as computed.
  var bytesReady = 0
  /// The most bytes that have been received.
  var bytesReceived = 0
  /// The time of the latest progress of the transfer, nil before the first.
  var progressAt: Instant?
  /// The time since which the lease has been waiting for the receiver, nil while it does not wait.
  var waitingSince: Instant?
  /// The sum of the lease's earlier waits.
  var waited = Duration.zero

  /// Returns the time for which the lease has been worked on, without its waits for the receiver.
  func age(at now: Instant) -> Duration {
    lease.grantedAt.duration(to: waitingSince ?? now) - waited
  }

  /// Returns the time before which a copy of the lease makes no sense, however slow the lease is; nil while
  /// it waits for the receiver, where a copy would wait as well.
  func earliestCopy(_ policy: SchedulingPolicy) -> Instant? {
    guard waitingSince == nil else { return nil }
    let grown = lease.grantedAt + (waited + policy.speculationMinimumAge)
    // A lease that has waited is as good as computed, and its transfer shares the receiver with others. So it
    // is copied only after a pause in its progress.
    guard waited > .zero, let progressAt else { return grown }
    return max(grown, progressAt + policy.speculationMinimumAge * 2)
  }

  /// Ends the lease's wait for the receiver, if there is one.
  mutating func goOn(at now: Instant) {
    if let since = waitingSince { waited += since.duration(to: now) }
    waitingSince = nil
  }
}

/// An entry of the heap of expiries: not later than the expiry of its lease, which is looked up when the
/// entry is due.
struct ExpiryEntry: Comparable, Sendable {
  let at: Instant
  let token: LeaseToken

  static func < (first: ExpiryEntry, second: ExpiryEntry) -> Bool {
    (first.at, first.token) < (second.at, second.token)
  }
}
