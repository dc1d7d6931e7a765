public import Addresses
package import Gate
public import Logging
internal import Memory
internal import NNG
internal import Scheduling
public import ServiceLifecycle
internal import Synchronization
public import Wire

/// The worker-facing half of the coordinator: workers register, take chunks and send their KV; jobs are
/// submitted and watched.
///
/// All decisions are made in ``HubState`` under one lock; this class owns the sockets, the clock and the
/// tasks around it.
public final class WorkerHub: Service, Sendable {
  /// The address workers dial, with its real port.
  public var address: CoordinatorAddress { ports.address }
  /// ``address`` as text.
  public var boundAddress: String { ports.address.description }

  let configuration: HubConfiguration
  let logger: Logger
  let ports: HubPorts
  let blocks: BlockPool

  private let state: Mutex<HubState>
  private let start = ContinuousClock.now
  let damagedFrameCount = Atomic(0)
  let leaseLatencyCounts = Mutex(LeaseLatencies())
  private let isRunning = Atomic(false)
  private let wakeups: AsyncStream<Void>
  private let wakeup: AsyncStream<Void>.Continuation
  private let endings: AsyncStream<Void>
  private let ending: AsyncStream<Void>.Continuation

  /// Listens. Workers may dial from now on and are served once ``run()`` runs.
  ///
  /// - Parameters:
  ///   - configuration: Addresses, limits and times.
  ///   - logger: Where workers coming and going are logged.
  /// - Throws: An error that names the address when a port is in use or an address cannot be understood.
  public init(configuration: HubConfiguration, logger: Logger) throws {
    ports = try HubPorts(configuration, logger: logger)
    blocks = BlockPool(limit: configuration.keptBlockBytes)
    self.configuration = configuration
    self.logger = logger
    // Tokens count up from the time of day in microseconds and sessions from a random number, so neither
    // meets one of a coordinator that ran before.
    state = Mutex(
      HubState(
        policy: configuration.policy,
        firstToken: WallClock.microseconds,
        firstSession: UInt64.random(in: 1..<(1 << 62)),
        budgetBytes: configuration.transferBudgetBytes
      )
    )
    (wakeups, wakeup) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (endings, ending) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  // MARK: Jobs

  /// Takes a job in.
  ///
  /// - Parameter job: The job. Its identifier is not that of a running one.
  /// - Returns: What happens to it, for one reader, ending with `finished` or `failed`. Cancelling the reader
  ///   cancels the job.
  /// - Throws: ``HubError`` when the job cannot be worked on.
  public func submit(_ job: HubJob) throws(HubError) -> AsyncStream<HubEvent> {
    let number = try job.checked(
      against: configuration.identity,
      maximumChunkBytes: configuration.maximumChunkBytes
    )
    let queue = HubEventQueue()
    let now = self.now
    try withState { state throws(HubError) in
      try state.submit(job, number: number, events: queue, at: now)
    }
    return AsyncStream(
      unfolding: { await queue.next() },
      onCancel: {
        queue.end()
        self.cancel(job: job.id)
      }
    )
  }

  /// Gives a job up; an unknown one changes nothing.
  ///
  /// - Parameter job: The job's identifier.
  public func cancel(job: String) {
    guard let number = HubJob.number(of: job) else { return }
    let now = self.now
    withState {
      $0.cancel(JobID(rawValue: number), error: HubError(.cancelled, "job \(job) was cancelled"), at: now)
    }
  }

  /// The workers that are connected, and those that went a short while ago.
  public func workers() -> [WorkerSnapshot] {
    let now = self.now
    return withState { $0.snapshots(at: now, shownAfterLoss: configuration.shownAfterLoss) }
  }

  /// Why workers cannot come in; nil as long as they can, as far as was last seen.
  public var complaint: String? {
    if case .closed(let reason)? = ports.gate?.health { reason } else { nil }
  }

  /// The connections at the workers' port, and what became of others; nil where no gate stands before it.
  package var connections: GateFigures? { ports.gate?.figures }

  /// What workers must agree with.
  public var identity: ModelIdentity { configuration.identity }

  /// The frames that arrived other than their checksum says, and were asked for again.
  public var damagedFrames: Int { damagedFrameCount.load(ordering: .relaxed) }

  /// How long leases took to be granted.
  public var leaseLatencies: LeaseLatencies { leaseLatencyCounts.withLock { $0 } }

  /// Forgets the latencies so far.
  public func resetLeaseLatencies() { leaseLatencyCounts.withLock { $0 = LeaseLatencies() } }

  // MARK: Life

  /// Serves workers until the task is cancelled or ``shutdown()`` is over.
  public func run() async throws {
    guard !isRunning.exchange(true, ordering: .acquiringAndReleasing) else { return }
    logger.info("serving workers", metadata: ["address": "\(boundAddress)"])
    let thread = ControlThread()
    defer { thread.stop() }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<configuration.controlReceivers {
        group.addTask(executorPreference: thread) { await self.serveControl() }
      }
      for _ in 0..<configuration.bulkReceivers { group.addTask { await self.serveBulk() } }
      group.addTask { await self.watchConnections() }
      group.addTask { await self.watchTime() }
      group.addTask(executorPreference: thread) { await self.answerPolls() }
      group.addTask { await self.watchForShutdown() }
      if let gate = ports.gate {
        group.addTask {
          await gate.run()
          return false
        }
      }
      group.addTask {
        for await _ in self.endings { break }
        return true
      }
      for await isOver in group where isOver { group.cancelAll() }
    }
    let now = self.now
    withState { state in
      state.polls.removeAll()
      state.admissions.removeAll()
      for id in state.jobs.keys {
        state.cancel(
          id,
          error: HubError(.shuttingDown, "the coordinator was shut down before the job was finished"),
          at: now
        )
      }
    }
    for socket in [ports.control, ports.bulk] {
      // Only a socket without connections is sure to be quiet.
      if socket.pipes.isEmpty { await socket.closeWhenQuiet(within: .seconds(1)) } else { socket.abandon() }
    }
    logger.info("no longer serving workers")
  }

  /// Tells all workers to finish what they have and leave, waits for them for a limited time, then ends
  /// ``run()``.
  public func shutdown() async {
    let now = self.now
    withState { $0.drainAll(at: now) }
    let deadline = ContinuousClock.now + configuration.shutdownGrace
    while ContinuousClock.now < deadline, withState({ !$0.sessions.isEmpty }) {
      guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
    }
    // A worker hangs up right after its goodbye is answered.
    while ContinuousClock.now < deadline, !(ports.control.pipes.isEmpty && ports.bulk.pipes.isEmpty) {
      guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
    }
    ending.yield()
  }

  private func watchForShutdown() async -> Bool {
    guard (try? await gracefulShutdown()) != nil else { return false }
    await shutdown()
    return true
  }

  // MARK: State

  /// The time on the scheduler's clock.
  var now: Instant { instant(of: .now) }

  /// A time of the system's clock on the scheduler's.
  func instant(of time: ContinuousClock.Instant) -> Instant {
    let (seconds, attoseconds) = (time - start).components
    return Instant(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  /// Looks at or changes the state, then wakes the task that answers polls if there is reason to.
  func withState<Result, Failure>(
    _ body: (inout sending HubState) throws(Failure) -> sending Result
  ) throws(Failure) -> Result {
    var isWakeDue = false
    let result = try state.withLock { state throws(Failure) in
      defer { isWakeDue = state.takeWake() }
      return try body(&state)
    }
    if isWakeDue { wakeup.yield() }
    return result
  }

  // MARK: Watching

  private func watchConnections() async -> Bool {
    for await event in ports.control.pipeEvents where event.kind == .removed {
      let now = self.now
      if let session = withState({ $0.lost(event.pipe, at: now) }) {
        logger.warning("lost a worker", metadata: session.metadata)
      }
    }
    return false
  }

  private func watchTime() async -> Bool {
    while (try? await Task.sleep(for: configuration.policy.tickPeriod)) != nil {
      let now = self.now
      for session in withState({ $0.tick(at: now) }) {
        logger.warning("a worker fell silent", metadata: session.metadata)
      }
    }
    return false
  }

  private func answerPolls() async -> Bool {
    await withDiscardingTaskGroup { group in
      for await _ in wakeups {
        let now = self.now
        let (answers, admissions) = withState { ($0.answerPolls(at: now), $0.admit(at: now)) }
        // One look at the state answers many.
        let decision = now.duration(to: self.now) / max(1, answers.count)
        for (poll, answer) in answers {
          group.addTask { await self.send(answer, to: poll.request, decision: decision) }
        }
        self.answer(admissions, in: &group)
      }
    }
    return false
  }
}
