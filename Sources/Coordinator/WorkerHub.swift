package import Addresses
package import Cluster
package import Gate
package import Logging
internal import Memory
internal import NNG
package import Scheduling
internal import ServiceLifecycle
internal import Synchronization
package import Wire

/// The coordinator's half that workers talk to. They register, get leases on chunks and send KV caches; jobs
/// are submitted and watched.
///
/// All decisions are made in ``ClusterState`` under one lock; this class owns the sockets, the memory, the clock and
/// the tasks around it.
package final class WorkerHub: Service, Sendable {
  /// The address that workers dial, with its real port.
  package var address: CoordinatorAddress { ports.address }
  /// ``address`` as text.
  package var boundAddress: String { ports.address.description }

  let configuration: HubConfiguration
  let logger: Logger
  let ports: HubPorts
  let blocks: BlockPool

  private let tables: Mutex<HubTables>
  private let start = ContinuousClock.now
  let damagedFrameCount = Atomic(0)
  let leaseLatencyCounts = Mutex(LeaseLatencies())
  private let isRunning = Atomic(false)
  private let wakeups: AsyncStream<Void>
  private let wakeup: AsyncStream<Void>.Continuation
  private let endings: AsyncStream<Void>
  private let ending: AsyncStream<Void>.Continuation

  /// Makes a hub that listens. Workers may dial from now on, and are served by ``run()``.
  ///
  /// - Parameters:
  ///   - configuration: Addresses, limits and times.
  ///   - logger: The log, also of workers that come and go.
  /// - Throws: An error that names the address when a port is in use or an address cannot be understood.
  package init(configuration: HubConfiguration, logger: Logger) throws {
    ports = try HubPorts(configuration, logger: logger)
    blocks = BlockPool(limit: configuration.keptBlockBytes)
    self.configuration = configuration
    self.logger = logger
    // Tokens count up from the time of day in microseconds and sessions from a random number, so neither is
    // equal to one of a coordinator that ran before.
    tables = Mutex(
      HubTables(
        ClusterState(
          policy: configuration.policy,
          limits: configuration.clusterLimits,
          firstToken: WallClock.microseconds,
          firstSession: UInt64.random(in: 1..<(1 << 62))
        )
      )
    )
    (wakeups, wakeup) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (endings, ending) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  // MARK: Jobs

  /// Submits a job.
  ///
  /// - Parameter job: The job. Its identifier must not be that of a running one.
  /// - Returns: The job's events, for one reader, ending with `finished` or `failed`. Cancelling the reader
  ///   cancels the job.
  /// - Throws: ``HubError`` when the job cannot be worked on.
  package func submit(_ job: HubJob) throws(HubError) -> AsyncStream<HubEvent> {
    let number = try job.checked(
      against: configuration.identities,
      maximumChunkBytes: configuration.maximumChunkBytes
    )
    let queue = HubEventQueue()
    do throws(JobRefusal) {
      try withTables { tables throws(JobRefusal) in
        try tables.submit(job, as: JobID(rawValue: number), events: queue, at: now)
      }
    } catch {
      throw HubError(error, of: job)
    }
    return AsyncStream(
      unfolding: { await queue.next() },
      onCancel: {
        queue.end()
        self.cancel(job: job.id)
      }
    )
  }

  /// Cancels a job; an unknown one changes nothing.
  ///
  /// - Parameter job: The job's identifier.
  package func cancel(job: String) {
    guard let number = HubJob.number(of: job) else { return }
    note { $0.cancelled(JobID(rawValue: number), at: $1) }
  }

  /// Returns the workers that are connected, and those that departed a short while ago.
  package func workers() -> [WorkerSnapshot] {
    let now = self.now
    return withTables { $0.cluster.snapshots(at: now, shownAfterLoss: configuration.shownAfterLoss) }
  }

  /// The number of workers that are connected and take chunks.
  package var connectedWorkers: Int { withTables { $0.cluster.connectedWorkers } }

  /// Returns the number of workers that are connected and take chunks of a model.
  package func connectedWorkers(with model: ModelIndex) -> Int {
    withTables { $0.cluster.connectedWorkers(with: model) }
  }

  /// The reason why workers cannot connect, by the gate's latest tests; nil if they can.
  package var complaint: String? {
    if case .closed(let reason)? = ports.gate?.health { reason } else { nil }
  }

  /// The figures of the gate before the workers' port; nil without a gate.
  package var connections: GateFigures? { ports.gate?.figures }

  /// The identities of the models, in the order of their ``ModelIndex``.
  package var identities: [ModelIdentity] { configuration.identities }

  /// The number of frames that did not match their checksum, and were asked for again.
  package var damagedFrames: Int { damagedFrameCount.load(ordering: .relaxed) }

  /// The latencies of granted leases.
  package var leaseLatencies: LeaseLatencies { leaseLatencyCounts.withLock { $0 } }

  /// Forgets the latencies so far.
  package func resetLeaseLatencies() { leaseLatencyCounts.withLock { $0 = LeaseLatencies() } }

  // MARK: Life

  /// Serves workers until the task is cancelled or ``shutdown()`` is over.
  package func run() async throws {
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
      group.addTask(executorPreference: thread) { await self.answerWaiting() }
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
    // No task is left to send answers; the jobs' readers learn of the end.
    note { $0.stop(at: $1) }
    for socket in [ports.control, ports.bulk] {
      // Only a socket without connections is sure to be quiet.
      if socket.pipes.isEmpty { await socket.closeWhenQuiet(within: .seconds(1)) } else { socket.abandon() }
    }
    logger.info("no longer serving workers")
  }

  /// Tells all workers to finish what they have and leave, waits for them for a limited time, then ends
  /// ``run()``.
  package func shutdown() async {
    note { $0.drain(at: $1) }
    let deadline = ContinuousClock.now + configuration.shutdownGrace
    while ContinuousClock.now < deadline, withTables({ !$0.cluster.hasNoWorkers }) {
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

  /// Converts a time of the system's clock to the scheduler's.
  func instant(of time: ContinuousClock.Instant) -> Instant {
    let (seconds, attoseconds) = (time - start).components
    return Instant(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  /// Reads or changes the tables, then wakes the task that answers waiting requests if there is reason to.
  func withTables<Result, Failure>(
    _ body: (inout sending HubTables) throws(Failure) -> sending Result
  ) throws(Failure) -> Result {
    var isWakeDue = false
    let result = try tables.withLock { tables throws(Failure) in
      defer { isWakeDue = tables.takeWake() }
      return try body(&tables)
    }
    if isWakeDue { wakeup.yield() }
    return result
  }

  /// Reports a request to the cluster. All actions but its answer are left to the task that answers waiting
  /// requests: a slow peer delays nobody but itself.
  ///
  /// - Parameter event: A function that reports it, at the time that it is given.
  /// - Returns: The answer; empty when the request waits.
  func report(_ event: (inout HubTables.Cluster, Instant) -> [HubTables.Cluster.Effect]) -> [HubTables.Action]
  {
    withTables { tables in
      // Read under the lock, so that reported times never go back.
      let now = self.now
      let actions = tables.report { event(&$0, now) }
      tables.postpone(actions.dropLast())
      return actions.suffix(1)
    }
  }

  /// Reports an event that is no request.
  ///
  /// - Parameter event: A function that reports it, at the time that it is given.
  func note(_ event: (inout HubTables.Cluster, Instant) -> [HubTables.Cluster.Effect]) {
    withTables { tables in
      let now = self.now
      tables.postpone(tables.report { event(&$0, now) })
    }
  }

  // MARK: Watching

  private func watchConnections() async -> Bool {
    for await event in ports.control.pipeEvents where event.kind == .removed {
      note { $0.disconnected(event.pipe, at: $1) }
    }
    return false
  }

  private func watchTime() async -> Bool {
    while (try? await Task.sleep(for: configuration.policy.tickPeriod)) != nil {
      note { $0.ticked(at: $1) }
    }
    return false
  }

  private func answerWaiting() async -> Bool {
    await withDiscardingTaskGroup { group in
      for await _ in wakeups {
        let start = now
        let actions = withTables { $0.answerWaiting(at: now) }
        // One look answers many requests, so each has a share of its time.
        let decision = start.duration(to: now) / max(1, actions.count)
        perform(actions, decision: decision, in: &group)
      }
    }
    return false
  }
}
