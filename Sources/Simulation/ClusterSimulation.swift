internal import Cluster
package import Scheduling
internal import SeededRandom

/// The configuration of a simulation: workers, a document in chunks, and the costs of everything.
package struct ClusterConfiguration: Sendable {
  /// Worker processes.
  package var workers: Int
  /// Lanes of each worker.
  package var lanes: Int
  /// The workers' speeds.
  package var speeds: Speeds
  /// The document's chunks.
  package var chunks: [SimulatedChunk]
  /// The costs of computing, sending and receiving.
  package var costs: CostModel
  /// The link.
  package var link: LinkModel
  /// The losses of workers.
  package var failures: FailureModel
  /// Figures of worker and coordinator.
  package var figures: ClusterFigures
  /// The scheduler's limits and periods.
  package var policy = SchedulingPolicy()
  /// Cores that all workers and the coordinator share; nil gives each worker's lanes and the coordinator
  /// cores of their own.
  package var sharedCores: Int?
  /// The seed of everything that is drawn at random.
  package var seed: UInt64 = 0

  /// Makes a configuration. Counts below 1 become 1.
  package init(
    workers: Int,
    lanes: Int = 1,
    speeds: Speeds = .constant,
    chunks: [SimulatedChunk],
    costs: CostModel,
    link: LinkModel = LinkModel(),
    failures: FailureModel = FailureModel(),
    figures: ClusterFigures = .usual
  ) {
    self.workers = max(1, workers)
    self.lanes = max(1, lanes)
    self.speeds = speeds
    self.chunks = chunks
    self.costs = costs
    self.link = link
    self.failures = failures
    self.figures = figures
  }
}

/// A coordinator, its workers and the link between them on a virtual clock. The cluster's decisions, the
/// lanes' schedules and the order of frames are production's own values; all else is a model of its cost.
///
/// A value without clocks and I/O: the same configuration always gives the same outcome.
package struct ClusterSimulation {
  let configuration: ClusterConfiguration
  let latency: Int64
  let job = JobID(rawValue: 1)
  /// The coordinator's decisions, with connections numbered by ``connection(_:)``.
  var cluster: ClusterState<SimulatedRequest, UInt64>
  var events = EventQueue<SimulationEvent>()
  var now: Int64 = 0
  var workers: [SimulatedWorker]
  var lanes: [SimulatedLane]
  var runs: [SimulatedRun] = []
  var isWakeDue = false
  var link = FIFOServer()
  var coordinator = FIFOServer()
  var tally = SimulationTally()
  /// The end of the job, once there is one.
  var end: (at: Int64, isComplete: Bool)?
  private var ticks = 0
  /// The number of runs that wait for memory at the coordinator, and the time of its latest change.
  private var waiting = (count: 0, since: Int64(0))
  private var waitingNanoseconds: Int64 = 0

  /// Prepares a simulation.
  ///
  /// - Parameter configuration: The cluster and its document.
  package init(_ configuration: ClusterConfiguration) {
    self.configuration = configuration
    latency = inNanoseconds(configuration.link.latencySeconds)
    let limits = ClusterLimits(
      transferBudgetBytes: configuration.figures.transferBudgetBytes,
      admissionWait: configuration.figures.admissionWait
    )
    cluster = ClusterState(policy: configuration.policy, limits: limits)
    workers = (0..<configuration.workers).map {
      SimulatedWorker(speed: configuration.speeds.speed(ofWorker: $0, seed: configuration.seed))
    }
    let idle = SimulatedLane(slots: configuration.figures.laneSlots)
    lanes = Array(repeating: idle, count: configuration.workers * configuration.lanes)
  }

  /// Simulates the encoding of the document.
  ///
  /// - Parameter mostEvents: The number of events after which the simulation is given up as one without end.
  /// - Returns: The outcome of the encoding.
  package mutating func run(mostEvents: Int = 200_000_000) -> SimulationOutcome {
    for worker in workers.indices { register(worker) }
    let chunks = configuration.chunks.map {
      ClusterJob.Chunk(tokens: $0.tokens, byteCount: configuration.costs.byteCount($0))
    }
    // A fresh cluster refuses no job.
    if let effects = try? cluster.submitted(ClusterJob(chunks: chunks), as: job, at: instant) {
      perform(effects)
    }
    answerWaiting()
    events.add(.tick, at: configuration.policy.tickPeriod.wholeNanoseconds)
    var handled = 0
    while end == nil, handled < mostEvents, let (at, event) = events.next() {
      now = at
      handle(event)
      answerWaiting()
      handled += 1
    }
    return outcome(events: handled)
  }

  /// Lets the cluster answer waiting requests, as long as there is reason to.
  private mutating func answerWaiting() {
    while isWakeDue {
      isWakeDue = false
      perform(cluster.answerWaiting(at: instant))
    }
  }

  private mutating func handle(_ event: SimulationEvent) {
    switch event {
    case .tick: tick()
    case .request(let lane, let slot, let life): requested(lane, slot, life)
    case .leased(let run): leased(run)
    case .notGranted(let lane, let slot, let life): notGranted(lane, slot, life)
    case .firstBytes(let run): begin(run)
    case .beginArrived(let run): beginArrived(run)
    case .begun(let run): begun(run)
    case .ready(let run): ready(run)
    case .frameArrived(let run, let bytes): frameArrived(run, bytes)
    case .stored(let run, let bytes): stored(run, bytes)
    case .accepted(let run): accepted(run)
    case .nearEnd(let run): nearEnd(run)
    case .computed(let run): computed(run)
    case .endArrived(let run): endArrived(run)
    case .delivered(let run): over(run)
    case .died(let worker, let life): died(worker, life)
    case .connectionLost(let connection): perform(cluster.disconnected(connection, at: instant))
    case .restarted(let worker): restarted(worker)
    }
  }

  /// Notes whether a run waits for memory at the coordinator.
  mutating func note(_ run: Int, waits: Bool) {
    guard runs[run].isWaiting != waits else { return }
    runs[run].isWaiting = waits
    if waiting.count > 0 { waitingNanoseconds += now - waiting.since }
    waiting = (waiting.count + (waits ? 1 : -1), now)
  }

  var instant: Instant { Instant(nanoseconds: now) }

  /// Returns the number of a worker's connection, another one in each of its lives.
  func connection(_ worker: Int) -> UInt64 { workers[worker].life << 32 | UInt64(worker) }

  // MARK: Time

  /// Handles a tick: some of the workers send their heartbeat, then the coordinator handles its own tick.
  private mutating func tick() {
    let period = configuration.policy.tickPeriod.wholeNanoseconds
    let beats = max(1, Int(configuration.policy.heartbeatPeriod.wholeNanoseconds / max(1, period)))
    for worker in stride(from: ticks % beats, to: workers.count, by: beats) where workers[worker].isAlive {
      heartbeat(worker)
    }
    ticks += 1
    perform(cluster.ticked(at: instant))
    events.add(.tick, at: now + max(1, period))
  }

  private mutating func heartbeat(_ worker: Int) {
    let running = workers[worker].running.map { (token: runs[$0].token, bytesReady: bytesReady($0)) }
    heartbeatArrived(worker, running)
  }

  private func outcome(events: Int) -> SimulationOutcome {
    let costs = configuration.costs
    let lanes = Double(configuration.lanes)
    let busy = workers.filter { $0.computeNanoseconds > 0 }
    let compute = busy.map { Double($0.computeNanoseconds) * 1e-9 / lanes }
    let merge = costs.mergeSeconds * Double(configuration.chunks.count)
    let speed = workers.reduce(0) { $0 + $1.speed }
    let tokens = Double(configuration.chunks.reduce(0) { $0 + $1.tokens })
    // Rows that are still being computed at the end are work for nothing, too.
    let rows = runs.indices.lazy.filter { isHeld($0) && !runs[$0].isComputed }
      .reduce(tally.rows) { $0 + share($1) * Double(runs[$1].rows) }
    return SimulationOutcome(
      isComplete: end?.isComplete ?? false,
      encodeSeconds: Double(end?.at ?? now) * 1e-9 + merge,
      computeSecondsMax: compute.max() ?? 0,
      computeSecondsMean: compute.isEmpty ? 0 : compute.reduce(0, +) / Double(compute.count),
      wireSeconds: Double(workers.map(\.wireNanoseconds).max() ?? 0) * 1e-9 / lanes,
      mergeSeconds: merge,
      retries: tally.retries,
      copies: tally.copies,
      committedChunks: tally.committedChunks,
      wireBytes: tally.receivedBytes,
      duplicatedTokenShare: rows > 0 ? max(0, 1 - tokens / rows) : 0,
      sharedComputeSeconds: tally.work / (speed * lanes),
      linkSeconds: Double(link.busy) * 1e-9,
      coordinatorSeconds: Double(coordinator.busy) * 1e-9 + merge,
      roomSeconds: Double(waitingNanoseconds) * 1e-9,
      events: events
    )
  }
}
