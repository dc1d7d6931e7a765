package import Scheduling

/// The coordinator's knowledge of its workers, jobs and transfers, and all decisions about them: a value
/// without sockets, memory blocks, tasks or clocks.
///
/// Each method reports one event and returns the effects to be performed. Production performs them on sockets
/// and memory, the simulation on virtual ones. If the request behind the event can be answered at once, the
/// answer is the last effect. A `Request` names a request that is to be answered, a `Connection` the
/// connection over which a worker registered.
///
/// Times are those of the caller's monotonic clock; they never go back.
package struct ClusterState<Request: Sendable, Connection: Hashable & Sendable>: Sendable {
  /// The limits on the decisions.
  package let limits: ClusterLimits

  var scheduler: Scheduler
  var workers: WorkerTable<Connection>
  var jobs: [JobID: ClusterJob] = [:]
  var polls = PollQueue<Request>()
  var transfers: TransferTable<Request>
  /// True if no more work is given out.
  package internal(set) var isDraining = false

  /// True if an ``Effect/wake`` has not been followed yet.
  var isWakeDue = false
  /// The time of the first change since the waiting polls were looked at.
  var changedAt: Instant?
  /// True if time has passed since the waiting polls were looked at, so that leases may have become slow.
  var isTimeDue = false

  /// Makes a cluster without workers and jobs.
  ///
  /// - Parameters:
  ///   - policy: The scheduler's limits and periods.
  ///   - limits: The limits on the decisions.
  ///   - firstToken: The first fencing token, higher than any of a former run.
  ///   - firstSession: The number of the first session, unlike any of a former run.
  package init(
    policy: SchedulingPolicy,
    limits: ClusterLimits,
    firstToken: UInt64 = 1,
    firstSession: UInt64 = 1
  ) {
    self.limits = limits
    scheduler = Scheduler(policy: policy, firstToken: firstToken)
    workers = WorkerTable(firstSession: firstSession)
    transfers = TransferTable(budgetBytes: limits.transferBudgetBytes, placeKeptFor: limits.admissionWait)
  }

  // MARK: Jobs

  /// Adds a job.
  ///
  /// - Throws: ``JobRefusal`` when no work is accepted or a job of this identifier is running.
  package mutating func submitted(
    _ job: ClusterJob,
    as id: JobID,
    at now: Instant
  ) throws(JobRefusal) -> [Effect] {
    guard !isDraining else { throw .shuttingDown }
    guard jobs[id] == nil else { throw .running }
    jobs[id] = job
    var effects: [Effect] = []
    let actions = scheduler.addJob(
      id,
      sizes: job.chunks.map(\.tokens),
      model: job.model,
      workerLimit: job.workerLimit
    )
    apply(actions, at: now, &effects)
    return effects
  }

  /// Cancels a job; an unknown one changes nothing.
  package mutating func cancelled(
    _ id: JobID,
    because reason: JobFailure = .cancelled,
    at now: Instant
  ) -> [Effect] {
    guard jobs[id] != nil else { return [] }
    var effects: [Effect] = []
    apply(scheduler.cancelJob(id), at: now, &effects)
    end(id, .failed(reason), &effects)
    return effects
  }

  /// Returns the status of a running job, nil for an unknown one.
  package func status(of job: JobID) -> JobStatus? { scheduler.status(of: job) }

  // MARK: Time

  /// Finds silent workers, expired leases and slow ones. To be called once every
  /// ``SchedulingPolicy/tickPeriod``.
  package mutating func ticked(at now: Instant) -> [Effect] {
    var effects: [Effect] = []
    apply(scheduler.tick(at: now), at: now, &effects)
    isTimeDue = true
    wake(at: now, &effects)
    return effects
  }

  /// Answers the waiting requests that can be answered, as ``Effect/wake`` asks for.
  ///
  /// - Complexity: O(jobs) when there is nothing to grant and no request's time is up, and O(leases) after a
  ///   tick; else O(waiting requests), plus that of each decision.
  package mutating func answerWaiting(at now: Instant) -> [Effect] {
    isWakeDue = false
    var effects: [Effect] = []
    answerPolls(at: now, &effects)
    admit(at: now, &effects)
    return effects
  }

  /// Stops giving out work: workers finish what they have and leave.
  package mutating func drain(at now: Instant) -> [Effect] {
    isDraining = true
    for worker in workers.ids { scheduler.workerDraining(worker) }
    var effects: [Effect] = []
    wake(at: now, &effects)
    return effects
  }

  /// Ends all jobs and answers every request that waits.
  package mutating func stop(at now: Instant) -> [Effect] {
    isDraining = true
    var effects: [Effect] = []
    for poll in polls.takeAll() { effects.append(.reply(poll.request, .drain)) }
    for request in transfers.removeWaiting() { effects.append(.reply(request, .superseded)) }
    for id in jobs.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      effects += cancelled(id, because: .shutDown, at: now)
    }
    return effects
  }

  // MARK: Actions of the scheduler

  /// Performs the scheduler's actions.
  mutating func apply(_ actions: [SchedulerAction], at now: Instant, _ effects: inout [Effect]) {
    for action in actions {
      switch action {
      case .workAvailable:
        wake(at: now, &effects)
      case .leaseEnded(let lease, let end):
        endTransfer(of: lease.token, at: now, &effects)
        noteLeases(of: lease.worker, at: now)
        if case .failed(let reason) = end {
          workers.update(lease.worker) { $0.failures += 1 }
          emit(lease.job, .retried(chunk: lease.chunk, reason: reason.description), &effects)
        }
      case .workerExpired(let id):
        guard let worker = workers.remove(id, as: .lost, at: now) else { continue }
        polls.noteLeaving(id)
        effects.append(.note(.silent(worker)))
      case .jobCompleted(let id):
        guard let status = scheduler.status(of: id) else { continue }
        let summary = JobSummary(
          chunks: status.done,
          tokens: status.doneTokens,
          retries: status.retries,
          copies: status.copies
        )
        end(id, .finished(summary), &effects)
      case .jobFailed(let id, let failures):
        let last = failures.last.map {
          "chunk \($0.chunk) failed \(failures.count) times, the last time because \($0.reason)"
        }
        end(id, .failed(.tooManyAttempts(last ?? "a chunk failed too often")), &effects)
      }
    }
  }

  private func emit(_ id: JobID, _ event: JobEvent, _ effects: inout [Effect]) {
    if jobs[id] != nil { effects.append(.emit(id, event)) }
  }

  /// Tells a job's reader its end, and forgets the job.
  private mutating func end(_ id: JobID, _ event: JobEvent, _ effects: inout [Effect]) {
    guard jobs.removeValue(forKey: id) != nil else { return }
    effects.append(.emit(id, event))
    // A job that has ended has no lease left, so there are no actions to perform.
    _ = scheduler.removeJob(id)
  }

  /// Asks for a look at the waiting requests after a change.
  mutating func wake(at now: Instant, _ effects: inout [Effect]) {
    changedAt = changedAt ?? now
    wakeForMemory(&effects)
  }

  /// Asks for a look at the waiting requests after memory, but no chunk, has become free.
  mutating func wakeForMemory(_ effects: inout [Effect]) {
    guard !isWakeDue else { return }
    isWakeDue = true
    effects.append(.wake)
  }

  /// Updates a worker's figures after a change of its leases.
  mutating func noteLeases(of worker: WorkerID, at now: Instant) {
    let count = scheduler.leaseCount(of: worker)
    workers.update(worker) { $0.note(leases: count, at: now) }
  }
}
