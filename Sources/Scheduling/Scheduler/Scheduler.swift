internal import DequeModule
internal import HeapModule

/// Decides which worker encodes which chunk, and finds out when that went wrong: a value without clocks,
/// sockets or threads.
///
/// Workers ask for leases; each event that changes something returns what the caller is to do. A chunk is
/// stored once: the first complete result is taken, every other lease on it is over from then on. Leases
/// return to the queue when the worker is lost or silent, does not confirm them, shows no progress, or says
/// so. When the queues are empty, idle workers get copies of the slowest leases.
///
/// Every event takes the time at which it happened; times never go back.
public struct Scheduler: Sendable {
  /// The figures that this scheduler keeps to.
  public let policy: SchedulingPolicy

  var workers: [WorkerID: WorkerRecord] = [:]
  var jobs: [JobID: JobRecord] = [:]
  var leases: [LeaseToken: LeaseRecord] = [:]
  /// The jobs that have queued chunks, next to be served first; may hold jobs whose queue has become empty.
  var rotation: Deque<JobID> = []
  /// One entry per live lease, and stale ones, which are dropped when due.
  var expiries = Heap<ExpiryEntry>()
  var nextToken: UInt64
  /// Seconds per token of the latest completed leases: a ring.
  var paces: [Double] = []
  var paceIndex = 0
  /// The median of ``paces``; nil until it is asked for after a change.
  var sortedPace: Double?
  /// No lease is late enough for a copy before this, and maybe none then; nil when that has to be found out.
  var noneLateBefore: Instant?

  static let paceCapacity = 256

  /// Makes a scheduler without workers and jobs.
  ///
  /// - Parameters:
  ///   - policy: The figures to keep to.
  ///   - firstToken: The first fencing token. A restarted coordinator starts higher than before, so that a
  ///     result for a lease of its former life is never taken.
  public init(policy: SchedulingPolicy = SchedulingPolicy(), firstToken: UInt64 = 1) {
    self.policy = policy
    self.nextToken = firstToken
  }

  // MARK: Workers

  /// A worker has registered.
  ///
  /// A worker of the same number that is still known is lost first.
  ///
  /// - Complexity: O(1), plus that of ``workerLost(_:at:)`` if the number was known.
  public mutating func workerRegistered(_ worker: WorkerID, lanes: Int, at now: Instant) -> [SchedulerAction]
  {
    var actions = workers[worker] == nil ? [] : workerLost(worker, at: now)
    workers[worker] = WorkerRecord(lanes: max(1, lanes), registeredAt: now, lastHeard: now)
    if hasQueuedChunks { actions.append(.workAvailable) }
    return actions
  }

  /// A worker's connection has broken: its leases fail and the worker is forgotten.
  ///
  /// - Complexity: O(leases of the worker).
  public mutating func workerLost(_ worker: WorkerID, at now: Instant) -> [SchedulerAction] {
    remove(worker, reason: .workerLost, at: now)
  }

  /// A worker has said goodbye: leases it still holds return to the queue without being counted as attempts.
  ///
  /// - Complexity: O(leases of the worker).
  public mutating func workerLeft(_ worker: WorkerID, at now: Instant) -> [SchedulerAction] {
    remove(worker, reason: .workerLeft, at: now)
  }

  /// A worker is to finish what it has and gets nothing more.
  ///
  /// - Complexity: O(1).
  public mutating func workerDraining(_ worker: WorkerID) {
    workers[worker]?.isDraining = true
    leaveJobs(worker)
  }

  /// A worker has said that it lives and which leases it works on.
  ///
  /// A lease is running from the first heartbeat that names it; a heartbeat that names it with more bytes
  /// ready than before is progress and moves its deadline.
  ///
  /// - Parameters:
  ///   - worker: The worker.
  ///   - running: The leases it works on or sends, with the number of bytes ready in each.
  ///   - now: The time.
  /// - Returns: The named leases that are not the worker's (any more), which it is to drop; nil when the
  ///   worker is not known and must register again.
  /// - Complexity: O(leases named).
  public mutating func heartbeat(
    from worker: WorkerID,
    running: [(token: LeaseToken, bytesReady: Int)],
    at now: Instant
  ) -> [LeaseToken]? {
    guard workers[worker] != nil else { return nil }
    workers[worker]?.lastHeard = now
    var dropped: [LeaseToken] = []
    for (token, bytesReady) in running {
      guard var record = leases[token], record.lease.worker == worker else {
        dropped.append(token)
        continue
      }
      if !record.isAcknowledged || bytesReady > record.bytesReady {
        record.isAcknowledged = true
        record.bytesReady = max(record.bytesReady, bytesReady)
        record.expiry = now + policy.progressTimeout
        leases[token] = record
      }
    }
    return dropped
  }

  // MARK: Time

  /// Time has passed: silent workers and expired leases are found out.
  ///
  /// - Complexity: O(workers + silent workers × log(silent workers) + expired leases × log(leases)).
  public mutating func tick(at now: Instant) -> [SchedulerAction] {
    var actions: [SchedulerAction] = []
    let limit = policy.silenceLimit
    let silent = workers.lazy.filter { $0.value.lastHeard + limit <= now }.map(\.key)
    for worker in silent.sorted(by: { $0.rawValue < $1.rawValue }) {
      actions += remove(worker, reason: .missedHeartbeats, at: now)
      actions.append(.workerExpired(worker))
    }
    while let entry = expiries.min, entry.at <= now {
      expiries.removeMin()
      guard let record = leases[entry.token] else { continue }
      if record.expiry > now {
        // The lease has made progress since the entry was put in.
        expiries.insert(ExpiryEntry(at: record.expiry, token: entry.token))
      } else {
        fail(
          entry.token,
          reason: record.isAcknowledged ? .deadlinePassed : .notAcknowledged,
          at: now,
          &actions
        )
      }
    }
    return actions
  }

  private mutating func remove(
    _ worker: WorkerID,
    reason: FailureReason,
    at now: Instant
  ) -> [SchedulerAction] {
    guard let record = workers.removeValue(forKey: worker) else { return [] }
    leaveJobs(worker)
    var actions: [SchedulerAction] = []
    for token in record.leases.sorted() {
      fail(token, reason: reason, at: now, &actions)
    }
    return actions
  }
}
