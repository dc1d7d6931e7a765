internal import KVFormat
internal import NNG
internal import Scheduling
internal import Wire

/// Everything the hub knows, without sockets, clocks or tasks.
///
/// Events of jobs are pushed into their queues from here, under the hub's lock, because their order is the
/// order of the changes.
struct HubState: Sendable {
  /// A running job.
  struct Job: Sendable {
    let job: HubJob
    let events: HubEventQueue
  }

  /// A worker that waits for a chunk.
  struct Poll: Sendable {
    let request: IncomingRequest
    let worker: WorkerID
    let deadline: Instant
    /// When it came.
    let arrival: Instant
  }

  /// A transfer that waits for memory.
  struct WaitingTransfer: Sendable {
    let request: IncomingRequest
    let coding: KVCoding
    let frameBytes: Int
  }

  /// A worker that is gone, kept to be shown.
  struct Departure: Sendable {
    let session: WorkerSession
    let state: WorkerSnapshot.State
  }

  var scheduler: Scheduler
  var sessions: [WorkerID: WorkerSession] = [:]
  var departures: [Departure] = []
  var jobs: [JobID: Job] = [:]
  var transfers: [LeaseToken: ChunkTransfer] = [:]
  /// How the chunk of each lease travels, where that is not plain.
  var codecs: [LeaseToken: KVCodec] = [:]
  var budget: ByteBudget
  var polls: [Poll] = []
  /// Transfers that wait for memory.
  var admissions: AdmissionQueue<WaitingTransfer>
  /// Whether the hub gives out no more work.
  var isDraining = false
  /// Whether the waiting polls are to be looked at.
  private(set) var isWakeDue = false
  /// When the first of the changes happened that the waiting polls have not been looked at since.
  var changedAt: Instant?
  /// Whether time has passed since the waiting polls were looked at: leases may have become slow.
  var isTimeDue = false

  private var nextSession: UInt64
  private var nextLabel = 1
  private static let shownDepartures = 64

  /// Starts with nothing.
  ///
  /// - Parameters:
  ///   - policy: The scheduler's figures.
  ///   - firstToken: The first fencing token, higher than any of a former life.
  ///   - firstSession: The number of the first session, unlike any of a former life.
  ///   - budgetBytes: The most bytes of unfinished transfers.
  ///   - placeKeptFor: How long the place of a transfer that was told to ask again is kept.
  init(
    policy: SchedulingPolicy,
    firstToken: UInt64,
    firstSession: UInt64,
    budgetBytes: Int,
    placeKeptFor: Duration = .seconds(2)
  ) {
    admissions = AdmissionQueue(keptFor: placeKeptFor)
    scheduler = Scheduler(policy: policy, firstToken: firstToken)
    budget = ByteBudget(limit: budgetBytes)
    nextSession = firstSession
  }

  /// Reads and clears ``isWakeDue``.
  mutating func takeWake() -> Bool {
    defer { isWakeDue = false }
    return isWakeDue
  }

  /// Has the waiting polls and transfers looked at.
  mutating func wake(at now: Instant) {
    isWakeDue = true
    changedAt = changedAt ?? now
  }

  // MARK: Sessions

  /// The session a request belongs to, nil when its worker must register (again).
  func session(_ number: UInt64, over pipe: PipeID) -> WorkerSession? {
    guard let session = sessions[WorkerID(rawValue: number)], session.pipe == pipe else { return nil }
    return session
  }

  /// Takes a worker in. Earlier sessions of the same process or connection end.
  mutating func register(
    _ registration: WorkerSession.Registration,
    over pipe: PipeID,
    address: String,
    at now: Instant
  ) -> WorkerSession {
    for old in sessions.values
    where old.pipe == pipe || old.registration.incarnation == registration.incarnation {
      remove(old.id, as: .lost, at: now)
    }
    let session = WorkerSession(
      id: WorkerID(rawValue: nextSession),
      label: "w\(nextLabel)",
      registration: registration,
      pipe: pipe,
      address: address,
      at: now
    )
    nextSession += 1
    nextLabel += 1
    sessions[session.id] = session
    apply(scheduler.workerRegistered(session.id, lanes: registration.lanes, at: now), at: now)
    return session
  }

  /// A connection is gone, and with it the worker that registered over it.
  ///
  /// - Returns: The worker's session, nil when the connection was nobody's.
  mutating func lost(_ pipe: PipeID, at now: Instant) -> WorkerSession? {
    guard let session = sessions.values.first(where: { $0.pipe == pipe }) else { return nil }
    remove(session.id, as: .lost, at: now)
    return session
  }

  /// Ends a session; the leases it held go back.
  mutating func remove(_ worker: WorkerID, as state: WorkerSnapshot.State, at now: Instant) {
    let actions =
      state == .left ? scheduler.workerLeft(worker, at: now) : scheduler.workerLost(worker, at: now)
    apply(actions, at: now)
    depart(worker, as: state, at: now)
    wake(at: now)
  }

  private mutating func depart(_ worker: WorkerID, as state: WorkerSnapshot.State, at now: Instant) {
    guard var session = sessions.removeValue(forKey: worker) else { return }
    session.note(leases: 0, at: now)
    departures.append(Departure(session: session, state: state))
    if departures.count > Self.shownDepartures { departures.removeFirst() }
  }

  /// Notes a sign of life.
  ///
  /// - Returns: The leases the worker is to drop, nil when it must register again.
  mutating func heard(
    from session: WorkerSession,
    running: [(token: LeaseToken, bytesReady: Int)],
    at now: Instant
  ) -> [LeaseToken]? {
    guard let dropped = scheduler.heartbeat(from: session.id, running: running, at: now) else { return nil }
    sessions[session.id]?.lastHeard = now
    return dropped
  }

  /// Notes that a worker takes nothing new.
  mutating func drain(_ worker: WorkerID) {
    sessions[worker]?.isDraining = true
    scheduler.workerDraining(worker)
  }

  /// Gives out no more work.
  mutating func drainAll(at now: Instant) {
    isDraining = true
    for worker in sessions.keys { drain(worker) }
    wake(at: now)
  }

  /// All workers, those that are gone for not longer than the given time included.
  func snapshots(at now: Instant, shownAfterLoss: Duration) -> [WorkerSnapshot] {
    let gone = departures.lazy
      .filter { $0.session.lastHeard.duration(to: now) < shownAfterLoss }
      .map { $0.session.snapshot(state: $0.state, at: now) }
    let present = sessions.values.sorted { $0.id.rawValue < $1.id.rawValue }
      .map { $0.snapshot(state: $0.isDraining || isDraining ? .draining : .connected, at: now) }
    return present + gone
  }

  /// Gives memory of transfers back; whoever waits for it may go on.
  mutating func release(_ byteCount: Int) {
    budget.release(byteCount)
    isWakeDue = true
  }

  // MARK: Time and actions

  /// Finds out silent workers and expired leases.
  ///
  /// - Returns: The sessions of the silent workers, which have ended.
  mutating func tick(at now: Instant) -> [WorkerSession] {
    let actions = scheduler.tick(at: now)
    let expired = actions.compactMap { action -> WorkerSession? in
      guard case .workerExpired(let worker) = action else { return nil }
      return sessions[worker]
    }
    apply(actions, at: now)
    isTimeDue = true
    wake(at: now)
    return expired
  }

  /// Does what the scheduler asks for.
  mutating func apply(_ actions: [SchedulerAction], at now: Instant) {
    for action in actions {
      switch action {
      case .workAvailable:
        wake(at: now)
      case .leaseEnded(let lease, let end):
        admissions.leaseEnded(lease.token)
        dropTransfer(lease.token)
        noteLeases(of: lease.worker, at: now)
        if case .failed(let reason) = end {
          sessions[lease.worker]?.failures += 1
          jobs[lease.job]?.events.push(.retried(chunk: lease.chunk, reason: reason.description))
        }
      case .workerExpired(let worker):
        depart(worker, as: .lost, at: now)
      case .jobCompleted(let id):
        guard let job = jobs[id], let status = scheduler.status(of: id) else { continue }
        let summary = JobSummary(
          chunks: status.done,
          tokens: status.doneTokens,
          retries: status.retries,
          copies: status.copies
        )
        end(id, with: .finished(summary), of: job)
      case .jobFailed(let id, let failures):
        guard let job = jobs[id] else { continue }
        let last = failures.last.map {
          "chunk \($0.chunk) failed \(failures.count) times, the last time because \($0.reason)"
        }
        let error = HubError(.tooManyAttempts, last ?? "a chunk failed too often")
        end(id, with: .failed(error), of: job)
      }
    }
  }

  /// Tells a job's reader its end and forgets the job.
  mutating func end(_ id: JobID, with event: HubEvent, of job: Job) {
    job.events.push(event)
    jobs[id] = nil
    // A finished job has no lease left; a cancelled one has had its own taken back.
    _ = scheduler.removeJob(id)
  }

  /// Brings the session's figures up to date after a change of its leases.
  mutating func noteLeases(of worker: WorkerID, at now: Instant) {
    guard sessions[worker] != nil else { return }
    sessions[worker]?.note(leases: scheduler.status(of: worker)?.leases.count ?? 0, at: now)
  }

  /// Drops what was received for a lease.
  mutating func dropTransfer(_ token: LeaseToken) {
    codecs[token] = nil
    guard let transfer = transfers.removeValue(forKey: token) else { return }
    transfer.close()
    release(transfer.heldByteCount)
  }
}
