internal import Cluster
internal import KVFormat
internal import Scheduling
internal import SeededRandom
internal import Testing

/// Random sequences of everything that can happen to a cluster, then a quiet time with one healthy worker.
@Suite("Cluster, random events")
struct RandomizedClusterTests {
  @Test func everyRequestIsAnsweredOnceEveryChunkCommittedOnceAndNoByteForgotten() {
    var seen: [World.Rarity: Int] = [:]
    var events = 0
    for seed in 0..<40 {
      var world = World(seed: UInt64(seed))
      for _ in 0..<300 {
        world.step()
        events += 1
      }
      world.finish()
      #expect(world.complaints == [], "seed \(seed)")
      seen.merge(world.seen, uniquingKeysWith: +)
    }
    #expect(events >= 10_000)
    // The sequences are worth something only if they reach the rare cases.
    for rarity in World.Rarity.allCases {
      #expect(seen[rarity, default: 0] >= 10, "\(rarity) was hardly ever reached")
    }
  }
}

/// Workers, memory and readers around a cluster value, which keep their own books.
private struct World {
  enum Rarity: CaseIterable {
    case finished, failedJob, cancelledJob, silent, lost, left, waitedForMemory, deferred, lateMemory,
      resumed,
      supersededEnd, refused, drained, expiredPoll
  }

  enum Ask: Hashable {
    case poll, announcement, frame, end, other
  }

  struct Request: Hashable {
    let number: Int
    let ask: Ask
    let worker: Int
    let token: LeaseToken?
  }

  struct Held {
    let grant: ClusterState<Request, Int>.Grant
    var isAnnounced = false
    var received = 0
  }

  struct Worker {
    var session: UInt64?
    var connection: Int
    var lanes: Int
    var isFrozen = false
    var held: [LeaseToken: Held] = [:]
  }

  typealias State = ClusterState<Request, Int>

  static let frame = 64
  static let budget = 40_000

  var generator: SeededGenerator
  var state: State
  var now = Instant(nanoseconds: 0)
  var workers: [Int: Worker] = [:]
  var models: [Int: [ModelIndex: Int]] = [:]
  var jobs: [JobID: ClusterJob] = [:]
  var running: Set<JobID> = []
  var committed: [JobID: Set<Int>] = [:]
  var unanswered: Set<Request> = []
  /// Memory of transfers, by lease: what was allocated and not dropped.
  var memory: [LeaseToken: Int] = [:]
  var allocating: [State.Admission] = []
  var isWakeDue = false
  var complaints: [String] = []
  var seen: [Rarity: Int] = [:]
  private var nextNumber = 0
  private var nextConnection = 0

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    var policy = SchedulingPolicy()
    policy.progressTimeout = .seconds(8)
    policy.maximumAttempts = 4
    let limits = ClusterLimits(
      transferBudgetBytes: Self.budget,
      admissionWait: .seconds(1),
      frames: FrameSizes(bytes: 64...128, granularity: 64)
    )
    state = State(policy: policy, limits: limits)
    register()
    submit()
  }

  // MARK: Steps

  mutating func step() {
    now = now.advanced(by: .milliseconds(random(0...500)))
    switch random(0...99) {
    case 0..<5: register()
    case 5..<8: submit()
    case 8..<10: pickWorker().map { disconnect($0) }
    case 10..<11: pickWorker().map { leave($0) }
    case 11..<13: pickWorker().map { workers[$0]?.isFrozen = true }
    case 13..<14: for worker in workers.keys { workers[worker]?.isFrozen = false }
    case 14..<15: running.sorted { $0.rawValue < $1.rawValue }.first.map { cancel($0) }
    case 15..<16: pickWorker().map { beat($0, isDraining: true) }
    case 16..<36: pickWorker().map { poll($0) }
    case 36..<46:
      for worker in workers.keys.sorted() where workers[worker]?.isFrozen == false { beat(worker) }
    case 46..<58: pickHeld().map { announce($0, $1) }
    case 58..<68: pickHeld().map { send($0, $1) }
    case 68..<82: pickHeld().map { complete($0, $1) }
    case 82..<85: pickHeld().map { giveUp($0, $1) }
    case 85..<87: pickHeld().map { announceWrongly($0, $1) }
    case 87..<91: allocate()
    default: perform(state.ticked(at: now))
    }
    if let violation = state.invariantViolation() { complaints.append(violation) }
  }

  /// One healthy worker does the rest; every job must end soon, every request be answered and every byte be free.
  mutating func finish() {
    while !allocating.isEmpty { allocate() }
    for worker in workers.keys.sorted() { disconnect(worker) }
    let healthy = register(lanes: 2, models: [.first: 1, ModelIndex(rawValue: 1): 0])
    for _ in 0..<3_000 where !running.isEmpty {
      now = now.advanced(by: .milliseconds(500))
      beat(healthy)
      poll(healthy)
      for token in (workers[healthy]?.held.keys).map({ $0.sorted() }) ?? [] {
        if workers[healthy]?.held[token]?.isAnnounced != true { announce(healthy, token) }
        while !allocating.isEmpty { allocate() }
        if workers[healthy]?.held[token]?.isAnnounced == true { complete(healthy, token) }
      }
      perform(state.ticked(at: now))
      if let violation = state.invariantViolation() { complaints.append(violation) }
    }
    if !running.isEmpty { complaints.append("\(running.count) jobs never ended") }
    perform(state.stop(at: now))
    while !allocating.isEmpty { allocate() }
    if !unanswered.isEmpty { complaints.append("\(unanswered.count) requests were never answered") }
    if !memory.isEmpty { complaints.append("\(memory.count) transfers were never freed") }
  }

  // MARK: Events

  @discardableResult
  private mutating func register(lanes: Int? = nil, models: [ModelIndex: Int]? = nil) -> Int {
    nextConnection += 1
    let number = nextConnection
    workers[number] = Worker(connection: number, lanes: lanes ?? random(1...3))
    let other = ModelIndex(rawValue: 1)
    // Three of five workers have the first model alone; the places in their lists differ.
    let has: [ModelIndex: Int] =
      models ?? (number % 5 == 0 ? [other: 0] : number % 5 == 1 ? [.first: 1, other: 0] : [.first: 2])
    self.models[number] = has
    let registration = WorkerRegistration(
      name: "",
      // Sometimes a process that is known comes back over another connection.
      incarnation: UInt64(random(0...9) == 0 ? max(1, number - 1) : number),
      models: has,
      lanes: workers[number]?.lanes ?? 1,
      compute: "",
      codecs: random(0...1) == 0 ? [.int8] : []
    )
    let request = ask(.other, number)
    perform(state.registered(registration, by: request, over: number, address: "", at: now))
    return number
  }

  private mutating func submit() {
    let id = JobID(rawValue: UInt128(jobs.count + 1))
    let job = ClusterJob(
      chunks: (0..<random(0...6)).map { _ in
        let tokens = random(1...300)
        return .init(tokens: tokens, byteCount: tokens * 100, codedByteCounts: [.int8: tokens * 50])
      },
      // Every fifth job is of the second model.
      model: jobs.count % 5 == 4 ? ModelIndex(rawValue: 1) : .first,
      workerLimit: random(0...3) == 0 ? 1 : nil,
      codec: [.auto, .fixed(.bf16), .fixed(.int8)][random(0...2)]
    )
    jobs[id] = job
    running.insert(id)
    committed[id] = []
    do throws(JobRefusal) {
      perform(try state.submitted(job, as: id, at: now))
    } catch {
      complaints.append("a job was refused: \(error)")
    }
  }

  private mutating func cancel(_ id: JobID) { perform(state.cancelled(id, at: now)) }

  private mutating func disconnect(_ worker: Int) {
    workers[worker] = nil
    perform(state.disconnected(worker, at: now))
  }

  private mutating func leave(_ worker: Int) {
    guard let session = workers[worker]?.session else { return }
    workers[worker] = nil
    perform(state.left(session: session, by: ask(.other, worker), over: worker, at: now))
  }

  private mutating func poll(_ worker: Int) {
    guard let session = workers[worker]?.session else { return }
    let deadline = now.advanced(by: .milliseconds(random(0...3000)))
    let request = ask(.poll, worker)
    perform(
      state.polled(session: session, arrival: now, until: deadline, by: request, over: worker, at: now)
    )
  }

  private mutating func beat(_ worker: Int, isDraining: Bool = false) {
    guard let session = workers[worker]?.session else { return }
    let running = (workers[worker]?.held ?? [:]).map { (token: $0.key, bytesReady: random(0...9)) }
    perform(
      state.heartbeat(
        session: session,
        running: running,
        isDraining: isDraining,
        by: ask(.other, worker),
        over: worker,
        at: now
      )
    )
  }

  private mutating func announce(_ worker: Int, _ token: LeaseToken, frameBytes: Int = World.frame) {
    guard let held = workers[worker]?.held[token], let session = workers[worker]?.session,
      let chunk = jobs[held.grant.lease.job]?.chunks[held.grant.lease.chunk]
    else { return }
    perform(
      state.announced(
        .init(
          session: session,
          token: token,
          job: held.grant.lease.job,
          chunk: held.grant.lease.chunk,
          byteCount: chunk.wireByteCount(held.grant.codec) ?? 0,
          frameBytes: frameBytes
        ),
        by: ask(.announcement, worker, token),
        at: now
      )
    )
  }

  private mutating func announceWrongly(_ worker: Int, _ token: LeaseToken) {
    announce(worker, token, frameBytes: 65)
  }

  private mutating func send(_ worker: Int, _ token: LeaseToken) {
    guard workers[worker]?.held[token]?.isAnnounced == true else { return }
    workers[worker]?.held[token]?.received += Self.frame
    let received = workers[worker]?.held[token]?.received ?? 0
    let request = ask(.frame, worker, token)
    perform(state.stored(token, frameBytes: Self.frame, receivedBytes: received, by: request, at: now))
  }

  private mutating func complete(_ worker: Int, _ token: LeaseToken) {
    guard workers[worker]?.held[token]?.isAnnounced == true else { return }
    workers[worker]?.held[token] = nil
    let completion = State.Completion(computeSeconds: 1, wireSeconds: 0.1, sinkDigest: 0, endedAt: now)
    perform(state.completed(token, completion, by: ask(.end, worker, token), at: now))
  }

  private mutating func giveUp(_ worker: Int, _ token: LeaseToken) {
    guard let session = workers[worker]?.session else { return }
    workers[worker]?.held[token] = nil
    let request = ask(.other, worker, token)
    perform(state.gaveUp(token, because: "made up", session: session, by: request, over: worker, at: now))
  }

  /// Ends some allocation, by success or failure.
  private mutating func allocate() {
    guard let index = allocating.indices.randomElement(using: &generator) else { return }
    let admission = allocating.remove(at: index)
    let token = admission.lease.token
    if random(0...9) == 0 {
      perform(state.notAllocated(token, at: now))
    } else {
      memory[token] = admission.byteCount
      perform(state.allocated(token, at: now))
    }
    let (held, largest) = (memory.values.reduce(0, +), memory.values.max() ?? 0)
    if held > max(Self.budget, largest) { complaints.append("\(held) bytes are held") }
  }

  // MARK: Effects

  private mutating func perform(_ effects: [State.Effect]) {
    for effect in effects {
      switch effect {
      case .reply(let request, let reply): answer(request, reply)
      case .allocate(let admission):
        allocating.append(admission)
        if random(0...2) > 0 { allocate() }
      case .emit(let id, let event): note(event, of: id)
      case .drop(let token):
        if memory.removeValue(forKey: token) == nil { complaints.append("\(token) had no memory to drop") }
      case .wake:
        if isWakeDue { complaints.append("woken twice") }
        isWakeDue = true
      case .note(.silent(let worker)):
        seen[.silent, default: 0] += 1
        workers[worker.connection]?.session = nil
        workers[worker.connection]?.held = [:]
      case .note(.lost): seen[.lost, default: 0] += 1
      case .note(.left): seen[.left, default: 0] += 1
      case .note: break
      }
    }
    if isWakeDue {
      isWakeDue = false
      perform(state.answerWaiting(at: now))
    }
  }

  private mutating func answer(_ request: Request, _ reply: State.Reply) {
    if unanswered.remove(request) == nil { complaints.append("\(request.ask) was answered twice") }
    switch (request.ask, reply) {
    case (.other, .registered(let worker)): workers[request.worker]?.session = worker.id.rawValue
    case (.poll, .grant(let grant)):
      if committed[grant.lease.job]?.contains(grant.lease.chunk) == true {
        complaints.append("\(grant.lease.token) is for a committed chunk")
      }
      let model = jobs[grant.lease.job]?.model ?? .first
      if models[request.worker]?[model] != grant.modelPlace {
        complaints.append("\(grant.lease.token) names place \(grant.modelPlace) for \(model)")
      }
      // One in ten is lost on its way.
      if random(0...9) > 0 { workers[request.worker]?.held[grant.lease.token] = Held(grant: grant) }
    case (.poll, .nothing): seen[.expiredPoll, default: 0] += 1
    case (.poll, .drain): seen[.drained, default: 0] += 1
    case (.announcement, .send(let bytes)):
      if bytes > 0 { seen[.resumed, default: 0] += 1 }
      if let token = request.token { workers[request.worker]?.held[token]?.isAnnounced = true }
    case (.announcement, .deferred): seen[.deferred, default: 0] += 1
    case (.announcement, .superseded): seen[.lateMemory, default: 0] += 1
    case (.announcement, .refused): seen[.refused, default: 0] += 1
    case (.end, .superseded): seen[.supersededEnd, default: 0] += 1
    case (_, .reregister):
      workers[request.worker]?.session = nil
      workers[request.worker]?.held = [:]
    case (.other, .directives(let dropped, _)):
      for token in dropped { workers[request.worker]?.held[token] = nil }
    case (.frame, .accepted), (.frame, .superseded), (.end, .committed),
      (.other, .goodbye):
      break
    default: complaints.append("\(request.ask) was answered by \(reply.name)")
    }
  }

  private mutating func note(_ event: JobEvent, of id: JobID) {
    if !running.contains(id) { complaints.append("job \(id) goes on after its end: \(event)") }
    switch event {
    case .committed(let chunk, let token, _):
      if committed[id]?.insert(chunk).inserted != true { complaints.append("chunk \(chunk) committed twice") }
      if memory[token] == nil { complaints.append("\(token) was committed without memory") }
    case .finished(let summary):
      running.remove(id)
      seen[.finished, default: 0] += 1
      if summary.chunks != jobs[id]?.chunks.count || committed[id]?.count != summary.chunks {
        complaints.append("job \(id) finished without all of its chunks")
      }
    case .failed(let failure):
      running.remove(id)
      seen[failure == .cancelled ? .cancelledJob : .failedJob, default: 0] += 1
    case .leased, .progress, .retried: break
    }
  }

  // MARK: Chance

  private mutating func ask(_ ask: Ask, _ worker: Int, _ token: LeaseToken? = nil) -> Request {
    nextNumber += 1
    let request = Request(number: nextNumber, ask: ask, worker: worker, token: token)
    unanswered.insert(request)
    if state.waitingTransfers > 0 { seen[.waitedForMemory, default: 0] += 1 }
    return request
  }

  private mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  private mutating func pickWorker() -> Int? {
    workers.filter { !$0.value.isFrozen }.keys.sorted().randomElement(using: &generator)
  }

  private mutating func pickHeld() -> (Int, LeaseToken)? {
    workers.flatMap { number, worker in worker.held.keys.map { (number, $0) } }
      .sorted { $0.1 < $1.1 }
      .randomElement(using: &generator)
  }
}
