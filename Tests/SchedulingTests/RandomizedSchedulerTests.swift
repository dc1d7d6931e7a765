internal import Scheduling
internal import SeededRandom
internal import Testing

/// Random sequences of everything that can happen, then a quiet time with one healthy worker.
@Suite("Scheduler, random events")
struct RandomizedSchedulerTests {
  @Test func noChunkIsLostAndNoneIsStoredTwice() {
    var seen: [World.Event: Int] = [:]
    for seed in 0..<300 {
      var world = World(seed: UInt64(seed))
      for _ in 0..<400 {
        world.step()
        if let violation = world.scheduler.invariantViolation() { world.complaints.append(violation) }
      }
      world.finish()
      #expect(world.complaints == [], "seed \(seed)")
      seen.merge(world.seen, uniquingKeysWith: +)
    }
    // The sequences are worth something only if they reach the rare cases.
    for event in World.Event.allCases {
      #expect(seen[event, default: 0] >= 20, "\(event) was hardly ever reached")
    }
  }
}

/// A model of the outside of the scheduler, which keeps its own books.
private struct World {
  enum Event: CaseIterable {
    case jobCompleted, jobFailed, copied, superseded, notAcknowledged, missedHeartbeats, deadlinePassed,
      lateResult
  }

  struct Held {
    let lease: Lease
    var bytes = 0
  }

  var generator: SeededGenerator
  var scheduler: Scheduler
  var now = Instant(nanoseconds: 0)
  /// The leases that each worker believes to hold; a frozen worker is in here, but silent.
  var workers: [WorkerID: [Held]] = [:]
  var frozen: Set<WorkerID> = []
  var models: [WorkerID: Set<ModelIndex>] = [:]
  var sizes: [JobID: Int] = [:]
  var stored: [JobID: Set<Int>] = [:]
  var ended: [JobID: JobState] = [:]
  var tokens: Set<LeaseToken> = []
  var complaints: [String] = []
  var seen: [Event: Int] = [:]
  var nextWorker: UInt64 = 1
  var nextJob: UInt128 = 1

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    var policy = SchedulingPolicy()
    policy.progressTimeout = .seconds(8)
    scheduler = Scheduler(policy: policy)
    register()
    addJob()
  }

  mutating func step() {
    now = now.advanced(by: .milliseconds(Int.random(in: 0...600, using: &generator)))
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<6: register()
    case 6..<9: addJob()
    case 9..<11: pickWorker().map { lose($0) }
    case 11..<13: pickWorker().map { leave($0) }
    case 13..<15: pickWorker().map { _ = frozen.insert($0) }
    case 15..<16: frozen.removeAll()
    case 16..<17: sizes.keys.randomElement(using: &generator).map { cancel($0) }
    case 17..<18: pickWorker().map { scheduler.workerDraining($0) }
    case 18..<45: pickWorker().map { request($0, mayLoseReply: true) }
    case 45..<60: beatAll()
    case 60..<80: pickLease().map { complete($0, $1) }
    case 80..<85: pickLease().map { fail($0, $1) }
    case 85..<88: pickLease().map { breakTransfer($0, $1) }
    case 88..<92: pickLease().map { progress($0, $1) }
    default: perform(scheduler.tick(at: now))
    }
  }

  /// One healthy worker does the rest; every job must end soon.
  mutating func finish() {
    for worker in workers.keys.sorted(by: { $0.rawValue < $1.rawValue }) { frozen.insert(worker) }
    register(models: [.first, ModelIndex(rawValue: 1)])
    guard let healthy = workers.keys.first(where: { !frozen.contains($0) }) else { return }
    for _ in 0..<5_000 where ended.count < sizes.count {
      now = now.advanced(by: .milliseconds(500))
      beat(healthy)
      request(healthy, mayLoseReply: false)
      for held in workers[healthy] ?? [] { complete(healthy, held) }
      perform(scheduler.tick(at: now))
      if let violation = scheduler.invariantViolation() { complaints.append(violation) }
    }
    for (job, count) in sizes {
      switch ended[job] {
      case .completed: if stored[job]?.count != count { complaints.append("job \(job) lacks chunks") }
      case .failed(let reasons):
        if reasons.count < scheduler.policy.maximumAttempts {
          complaints.append("job \(job) failed too early")
        }
      case .cancelled: break
      case .running, nil:
        complaints.append("job \(job) never ended: \(String(describing: scheduler.status(of: job)))")
      }
    }
  }

  // MARK: Events

  private mutating func register(models: Set<ModelIndex>? = nil) {
    let worker = WorkerID(nextWorker)
    nextWorker += 1
    workers[worker] = []
    let other = ModelIndex(rawValue: 1)
    // Three of five workers have the first model alone.
    let has = models ?? (nextWorker % 5 == 0 ? [other] : nextWorker % 5 == 1 ? [.first, other] : [.first])
    self.models[worker] = has
    let lanes = Int.random(in: 1...3, using: &generator)
    perform(scheduler.workerRegistered(worker, lanes: lanes, models: has, at: now))
  }

  private mutating func addJob() {
    let job = JobID(nextJob)
    nextJob += 1
    let lengths = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
      Int.random(in: 1...2000, using: &generator)
    }
    sizes[job] = lengths.count
    stored[job] = []
    let limit = nextJob.isMultiple(of: 3) ? Int(nextJob % 2) + 1 : nil
    perform(scheduler.addJob(job, sizes: lengths, model: Self.model(of: job), workerLimit: limit))
  }

  /// Every fifth job is of the second model.
  private static func model(of job: JobID) -> ModelIndex {
    job.rawValue.isMultiple(of: 5) ? ModelIndex(rawValue: 1) : .first
  }

  private mutating func lose(_ worker: WorkerID) {
    workers[worker] = nil
    perform(scheduler.workerLost(worker, at: now))
  }

  private mutating func leave(_ worker: WorkerID) {
    workers[worker] = nil
    perform(scheduler.workerLeft(worker, at: now))
  }

  private mutating func cancel(_ job: JobID) {
    let actions = scheduler.cancelJob(job)
    if ended[job] == nil { ended[job] = .cancelled }
    perform(actions)
  }

  private mutating func request(_ worker: WorkerID, mayLoseReply: Bool) {
    switch scheduler.leaseRequested(by: worker, at: now) {
    case .grant(let lease):
      if lease.isSpeculative { seen[.copied, default: 0] += 1 }
      if !tokens.insert(lease.token).inserted { complaints.append("\(lease.token) granted twice") }
      if models[worker]?.contains(Self.model(of: lease.job)) != true {
        complaints.append("\(lease.token) is for a model that \(worker) does not have")
      }
      if ended[lease.job] != nil { complaints.append("\(lease.token) granted for a job that has ended") }
      if stored[lease.job]?.contains(lease.chunk) == true {
        complaints.append("\(lease.token) is for a stored chunk")
      }
      let isLost = mayLoseReply && Int.random(in: 0..<10, using: &generator) == 0
      if !isLost { workers[worker]?.append(Held(lease: lease)) }
    case .wait, .drain: break
    case .unknownWorker:
      // It was thought dead: it comes back as a new worker.
      workers[worker] = nil
      frozen.remove(worker)
    }
  }

  private mutating func beatAll() {
    for worker in workers.keys.sorted(by: { $0.rawValue < $1.rawValue }) where !frozen.contains(worker) {
      beat(worker)
    }
  }

  private mutating func beat(_ worker: WorkerID) {
    let held = workers[worker] ?? []
    guard
      let dropped = scheduler.heartbeat(
        from: worker,
        running: held.map { ($0.lease.token, $0.bytes) },
        at: now
      )
    else {
      workers[worker] = nil
      return
    }
    workers[worker]?.removeAll { dropped.contains($0.lease.token) }
  }

  private mutating func complete(_ worker: WorkerID, _ held: Held) {
    workers[worker]?.removeAll { $0.lease.token == held.lease.token }
    let isLive = scheduler.lease(held.lease.token) != nil
    switch scheduler.completed(held.lease.token, at: now) {
    case .accepted(let actions):
      if !isLive { complaints.append("\(held.lease.token) accepted after its end") }
      if stored[held.lease.job]?.insert(held.lease.chunk).inserted != true {
        complaints.append("chunk \(held.lease.chunk) stored twice")
      }
      if scheduler.completed(held.lease.token, at: now) != .superseded { complaints.append("accepted twice") }
      perform(actions)
    case .superseded:
      seen[.lateResult, default: 0] += 1
      if isLive { complaints.append("\(held.lease.token) refused while it lives") }
    }
  }

  private mutating func fail(_ worker: WorkerID, _ held: Held) {
    workers[worker]?.removeAll { $0.lease.token == held.lease.token }
    perform(scheduler.failed(held.lease.token, reason: "made up", at: now))
  }

  private mutating func breakTransfer(_ worker: WorkerID, _ held: Held) {
    workers[worker]?.removeAll { $0.lease.token == held.lease.token }
    perform(scheduler.transferLost(held.lease.token, at: now))
  }

  private mutating func progress(_ worker: WorkerID, _ held: Held) {
    let isLive = scheduler.lease(held.lease.token) != nil
    let bytes = held.bytes + 1
    if let index = workers[worker]?.firstIndex(where: { $0.lease.token == held.lease.token }) {
      workers[worker]?[index].bytes = bytes
    }
    if scheduler.progress(held.lease.token, bytesReceived: bytes, at: now) != isLive {
      complaints.append("progress of \(held.lease.token) judged wrongly")
    }
  }

  private mutating func perform(_ actions: [SchedulerAction]) {
    for action in actions {
      switch action {
      case .workAvailable: break
      case .leaseEnded(_, .superseded): seen[.superseded, default: 0] += 1
      case .leaseEnded(_, .failed(.notAcknowledged)): seen[.notAcknowledged, default: 0] += 1
      case .leaseEnded(_, .failed(.missedHeartbeats)): seen[.missedHeartbeats, default: 0] += 1
      case .leaseEnded(_, .failed(.deadlinePassed)): seen[.deadlinePassed, default: 0] += 1
      case .leaseEnded: break
      case .workerExpired(let worker):
        // A frozen process that thaws still believes in its leases; it stays, unknown to the scheduler.
        if scheduler.workerIDs.contains(worker) { complaints.append("\(worker) expired and stays") }
      case .jobCompleted(let job):
        seen[.jobCompleted, default: 0] += 1
        end(job, .completed)
      case .jobFailed(let job, let reasons):
        seen[.jobFailed, default: 0] += 1
        end(job, .failed(reasons))
      }
    }
  }

  private mutating func end(_ job: JobID, _ state: JobState) {
    if ended[job] != nil { complaints.append("job \(job) ended twice") }
    ended[job] = state
    if scheduler.status(of: job)?.state != state { complaints.append("job \(job) is not \(state)") }
  }

  // MARK: Choices

  private mutating func pickWorker() -> WorkerID? {
    workers.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &generator)
  }

  private mutating func pickLease() -> (WorkerID, Held)? {
    workers.flatMap { worker, held in held.map { (worker, $0) } }
      .sorted { $0.1.lease.token < $1.1.lease.token }
      .randomElement(using: &generator)
  }
}
