internal import DequeModule

/// What the scheduler keeps about one chunk.
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
  /// Workers that failed this chunk: others go first, until ``avoidedUntil``.
  var avoided: Set<WorkerID> = []
  var avoidedUntil = Instant(nanoseconds: .min)
}

/// What the scheduler keeps about one job.
struct JobRecord: Sendable {
  var state = JobState.running
  var chunks: [ChunkRecord]
  /// The indices of the queued chunks; what failed goes to the front.
  var queue: Deque<Int>
  var done = 0
  var doneTokens = 0
  var retries = 0
  var copies = 0
  var contributions: [WorkerID: Contribution] = [:]
  /// The most workers that share the job; nil for all.
  let workerLimit: Int?
  /// The workers that share a job with a limit: those that came first and are still there.
  var members: Set<WorkerID> = []

  init(sizes: [Int], workerLimit: Int?) {
    chunks = sizes.map { ChunkRecord(size: $0) }
    queue = Deque(sizes.indices)
    self.workerLimit = workerLimit
  }

  /// Whether a worker may have chunks of this job.
  func takes(_ worker: WorkerID) -> Bool {
    guard let workerLimit else { return true }
    return members.contains(worker) || members.count < workerLimit
  }
}

/// What the scheduler keeps about one worker.
struct WorkerRecord: Sendable {
  let lanes: Int
  let registeredAt: Instant
  var lastHeard: Instant
  var isDraining = false
  var leases: Set<LeaseToken> = []
  var completed = 0
  var completedTokens = 0
  var failed = 0
  var superseded = 0
}

/// What the scheduler keeps about one live lease.
struct LeaseRecord: Sendable {
  let lease: Lease
  /// The chunk's length in tokens.
  let size: Int
  /// Whether a second lease on the same chunk lives.
  var isShared = false
  /// Whether the worker has named the lease.
  var isAcknowledged = false
  /// When the lease ends for lack of a sign.
  var expiry: Instant
  /// The most bytes the worker has reported as ready, or the receiver as received.
  var bytesReady = 0
  var bytesReceived = 0
  /// When the receiver last got more.
  var progressAt: Instant?
  /// Since when it waits for the receiver, nil while it does not; and how long it has waited before.
  var waitingSince: Instant?
  var waited = Duration.zero

  /// How long the lease has been worked on, the receiver's delays left out.
  func age(at now: Instant) -> Duration {
    lease.grantedAt.duration(to: waitingSince ?? now) - waited
  }

  /// The time before which a copy of it makes no sense, however slow it is; nil while it waits for the
  /// receiver, where a copy would wait as well.
  func earliestCopy(_ policy: SchedulingPolicy) -> Instant? {
    guard waitingSince == nil else { return nil }
    let grown = lease.grantedAt + (waited + policy.speculationMinimumAge)
    // One that has waited is as good as computed, and what comes in then shares the receiver with others.
    guard waited > .zero, let progressAt else { return grown }
    return max(grown, progressAt + policy.speculationMinimumAge * 2)
  }

  /// The receiver delays it no longer.
  mutating func goOn(at now: Instant) {
    if let since = waitingSince { waited += since.duration(to: now) }
    waitingSince = nil
  }
}

/// The heap's entry for a live lease: not later than the lease's own expiry, which is looked up when the
/// entry is due.
struct ExpiryEntry: Comparable, Sendable {
  let at: Instant
  let token: LeaseToken

  static func < (first: ExpiryEntry, second: ExpiryEntry) -> Bool {
    (first.at, first.token) < (second.at, second.token)
  }
}
