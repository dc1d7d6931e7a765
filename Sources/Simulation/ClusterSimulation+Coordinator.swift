internal import Cluster
internal import Scheduling

/// The coordinator's side. The decisions are production's own; the model is of the processor time that they
/// and the frames take.
extension ClusterSimulation {
  typealias Effect = ClusterState<SimulatedRequest, UInt64>.Effect
  typealias Reply = ClusterState<SimulatedRequest, UInt64>.Reply

  // MARK: Requests

  /// Handles a lane's request for a lease.
  mutating func requested(_ lane: Int, _ slot: Int, _ life: UInt64) {
    let worker = lane / configuration.lanes
    guard workers[worker].life == life else { return }
    _ = serve(configuration.costs.messageSeconds)
    perform(
      cluster.polled(
        session: workers[worker].session,
        arrival: instant,
        until: instant.advanced(by: configuration.figures.longestPoll),
        by: .poll(lane: lane, slot: slot, life: life),
        over: connection(worker),
        at: instant
      )
    )
  }

  /// Handles a worker's heartbeat.
  mutating func heartbeatArrived(_ worker: Int, _ running: [(token: LeaseToken, bytesReady: Int)]) {
    perform(
      cluster.heartbeat(
        session: workers[worker].session,
        running: running,
        isDraining: false,
        by: .heartbeat(worker: worker, life: workers[worker].life),
        over: connection(worker),
        at: instant
      )
    )
  }

  /// Handles the announcement of a transfer.
  mutating func beginArrived(_ run: Int) {
    let effects = cluster.announced(
      .init(
        session: workers[runs[run].worker].session,
        token: runs[run].token,
        job: job,
        chunk: runs[run].chunk,
        byteCount: runs[run].total,
        frameBytes: configuration.figures.frameBytes
      ),
      by: .announcement(run: run),
      at: instant
    )
    if effects.isEmpty {
      // The transfer waits for memory, and its message costs time all the same.
      _ = serve(configuration.costs.messageSeconds)
      note(run, waits: true)
    }
    perform(effects)
  }

  /// Handles a frame that has come over the link: the processor stores it after those before it.
  mutating func frameArrived(_ run: Int, _ bytes: Int) {
    let costs = configuration.costs
    tally.receivedBytes += bytes
    let stored = serve(costs.messageSeconds + Double(bytes) / costs.ingestBytesPerSecond)
    events.add(.stored(run, bytes: bytes), at: stored)
  }

  /// Handles a frame that is checked and stored.
  mutating func stored(_ run: Int, _ bytes: Int) {
    runs[run].received += bytes
    perform(
      cluster.stored(
        runs[run].token,
        frameBytes: bytes,
        receivedBytes: runs[run].received,
        by: .frame(run: run),
        at: instant
      )
    )
  }

  /// Handles the end of a transfer.
  mutating func endArrived(_ run: Int) {
    let sent = max(0, runs[run].endSentAt - runs[run].computedAt)
    perform(
      cluster.completed(
        runs[run].token,
        .init(
          computeSeconds: Double(runs[run].duration) * 1e-9,
          wireSeconds: Double(sent) * 1e-9,
          sinkDigest: 0,
          endedAt: instant
        ),
        by: .end(run: run),
        at: instant
      )
    )
  }

  // MARK: Effects

  /// Performs the effects of the cluster's decisions.
  mutating func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .reply(let request, let reply): answer(request, reply)
      case .allocate(let admission): perform(cluster.allocated(admission.lease.token, at: instant))
      case .emit(_, let event): note(event)
      case .wake: isWakeDue = true
      case .drop, .note: break
      }
    }
  }

  private mutating func note(_ event: JobEvent) {
    switch event {
    case .committed(_, let token, _): committed(run(of: token))
    case .retried: tally.retries += 1
    case .finished: end = (now, true)
    case .failed: end = (now, false)
    case .leased, .progress: break
    }
  }

  private mutating func committed(_ run: Int) {
    tally.committedChunks += 1
    let worker = runs[run].worker
    tally.work += Double(runs[run].duration) * 1e-9 * workers[worker].speed
    let sent = max(0, runs[run].endSentAt - runs[run].computedAt)
    workers[worker].computeNanoseconds = workers[worker].computeNanoseconds.saturatingSum(runs[run].duration)
    workers[worker].wireNanoseconds = workers[worker].wireNanoseconds.saturatingSum(sent)
  }

  /// Returns the run of a lease; tokens count up from 1, and each makes a run.
  private func run(of token: LeaseToken) -> Int { Int(token.rawValue) - 1 }

  /// Sends an answer to a worker.
  private mutating func answer(_ request: SimulatedRequest, _ reply: Reply) {
    let message = configuration.costs.messageSeconds
    switch (request, reply) {
    case (.registration(let worker), .registered(let registered)):
      workers[worker].session = registered.id.rawValue
    case (.poll(let lane, let slot, let life), .grant(let grant)):
      if grant.lease.isSpeculative { tally.copies += 1 }
      add(grant.lease, lane: lane, slot: slot, life: life)
      events.add(.leased(runs.count - 1), at: serve(configuration.costs.leaseSeconds) + latency)
    case (.poll(let lane, let slot, let life), .nothing):
      events.add(.notGranted(lane: lane, slot: slot, life: life), at: serve(message) + latency)
    case (.heartbeat(let worker, let life), .directives(let dropped, _)):
      _ = serve(message)
      for token in dropped where workers[worker].life == life { cancel(run(of: token)) }
    case (.announcement(let run), .send):
      note(run, waits: false)
      events.add(.begun(run), at: serve(message) + latency)
    case (.announcement(let run), .deferred):
      let pause = configuration.figures.deferral.wholeNanoseconds
      events.add(.firstBytes(run), at: serve(message) + latency + pause)
    case (.announcement(let run), _):
      events.add(.delivered(run), at: serve(message) + latency)
    case (.frame(let run), .accepted):
      events.add(.accepted(run), at: now + latency)
    case (.frame(let run), _):
      events.add(.delivered(run), at: now + latency)
    case (.end(let run), _):
      events.add(.delivered(run), at: serve(message) + latency)
    case (.registration, _), (.poll, _), (.heartbeat, _):
      // The worker is gone, or will be when the answer arrives.
      break
    }
  }

  private mutating func add(_ lease: Lease, lane: Int, slot: Int, life: UInt64) {
    let chunk = configuration.chunks[lease.chunk]
    let figures = configuration.figures
    runs.append(
      SimulatedRun(
        token: lease.token,
        chunk: lease.chunk,
        lane: lane,
        slot: slot,
        worker: lane / configuration.lanes,
        life: life,
        rows: chunk.tokens + chunk.lead,
        transfer: TransferState(
          total: configuration.costs.byteCount(chunk),
          frameBytes: figures.frameBytes,
          window: figures.framesUnderWay
        )
      )
    )
  }

  /// Occupies the coordinator's processor.
  ///
  /// - Returns: The time at which it is done, in nanoseconds.
  private mutating func serve(_ seconds: Double) -> Int64 {
    coordinator.serve(at: now, nanoseconds: inNanoseconds(seconds))
  }
}
