internal import DequeModule
internal import HeapModule

/// Assigns chunks to workers and detects failed attempts: a value without clocks, sockets or threads.
///
/// Workers ask for leases. Each event that changes something returns the actions that the caller must take. A
/// chunk is stored once: the first complete result is taken, and every other lease on the chunk ends. A chunk
/// returns to the queue when its worker is lost or silent, does not confirm the lease, shows no progress, or
/// reports a failure. When the queues are empty, idle workers get copies of the slowest leases.
///
/// Every event takes the time at which it happened; times never go back.
package struct Scheduler: Sendable {
  /// The limits and periods of this scheduler.
  package let policy: SchedulingPolicy

  var workers: [WorkerID: WorkerRecord] = [:]
  var jobs: [JobID: JobRecord] = [:]
  var leases: [LeaseToken: LeaseRecord] = [:]
  /// The jobs that have queued chunks, next to be served first; may hold jobs whose queue has become empty.
  var rotation: Deque<JobID> = []
  /// One entry per live lease, and stale ones, which are dropped when due.
  var expiries = Heap<ExpiryEntry>()
  var nextToken: UInt64
  /// The number of workers that have a model and take leases; none is 0.
  var servers: [ModelIndex: Int] = [:]
  /// The paces of the latest completed leases: models differ in theirs.
  var paces: [ModelIndex: PaceHistory] = [:]
  /// The time before which no lease is late enough for a copy; nil when it must be computed again.
  var noneLateBefore: Instant?

  /// Makes a scheduler without workers and jobs.
  ///
  /// - Parameters:
  ///   - policy: The limits and periods.
  ///   - firstToken: The first fencing token. A restarted coordinator starts above all tokens of its former
  ///     run, so that a result for one of its former leases is never taken.
  package init(policy: SchedulingPolicy = SchedulingPolicy(), firstToken: UInt64 = 1) {
    self.policy = policy
    self.nextToken = firstToken
  }

  // MARK: Workers

  /// Registers a worker.
  ///
  /// A known worker of the same number counts as lost.
  ///
  /// - Parameters:
  ///   - worker: The worker.
  ///   - lanes: The number of chunks that it computes at a time.
  ///   - models: The models that it has; it gets chunks of their jobs only.
  ///   - now: The time.
  /// - Returns: The actions to take.
  /// - Complexity: O(1), plus that of ``workerLost(_:at:)`` if the number was known.
  package mutating func workerRegistered(
    _ worker: WorkerID,
    lanes: Int,
    models: Set<ModelIndex> = [.first],
    at now: Instant
  ) -> [SchedulerAction] {
    var actions = workers[worker] == nil ? [] : workerLost(worker, at: now)
    workers[worker] = WorkerRecord(lanes: max(1, lanes), models: models, registeredAt: now, lastHeard: now)
    for model in models { servers[model, default: 0] += 1 }
    if hasQueuedChunks { actions.append(.workAvailable) }
    return actions
  }

  /// Forgets a worker whose connection has broken; its leases fail.
  ///
  /// - Complexity: O(leases of the worker).
  package mutating func workerLost(_ worker: WorkerID, at now: Instant) -> [SchedulerAction] {
    remove(worker, reason: .workerLost, at: now)
  }

  /// Forgets a worker that has said goodbye; the leases that it still holds return to the queue without being
  /// counted as attempts.
  ///
  /// - Complexity: O(leases of the worker).
  package mutating func workerLeft(_ worker: WorkerID, at now: Instant) -> [SchedulerAction] {
    remove(worker, reason: .workerLeft, at: now)
  }

  /// Lets a worker finish what it has, and gives it nothing more.
  ///
  /// - Complexity: O(1).
  package mutating func workerDraining(_ worker: WorkerID) {
    if let record = workers[worker], !record.isDraining { stopServing(record) }
    workers[worker]?.isDraining = true
    leaveJobs(worker)
  }

  /// Notes that a worker is alive, and the leases that it works on.
  ///
  /// The first heartbeat that names a lease confirms it. A later one with more bytes ready than before is
  /// progress. Both move the lease's deadline.
  ///
  /// - Parameters:
  ///   - worker: The worker.
  ///   - running: The leases it works on or sends, with the number of bytes ready in each.
  ///   - now: The time.
  /// - Returns: The named leases that are not, or no longer, the worker's, and that it must drop; nil when
  ///   the worker is unknown and must register again.
  /// - Complexity: O(leases named).
  package mutating func heartbeat(
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

  /// Forgets silent workers and ends expired leases.
  ///
  /// - Complexity: O(workers + silent workers × log(silent workers) + expired leases × log(leases)).
  package mutating func tick(at now: Instant) -> [SchedulerAction] {
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
    if !record.isDraining { stopServing(record) }
    leaveJobs(worker)
    var actions: [SchedulerAction] = []
    for token in record.leases.sorted() {
      fail(token, reason: reason, at: now, &actions)
    }
    return actions
  }

  /// Notes that a worker takes no more leases.
  private mutating func stopServing(_ worker: WorkerRecord) {
    for model in worker.models {
      guard let count = servers[model] else { continue }
      servers[model] = count > 1 ? count - 1 : nil
    }
  }
}
