internal import Scheduling

/// The coordinator's side, as its hub does it: the scheduler decides, everything else is bookkeeping.
extension ClusterSimulation {
  // MARK: Leases

  /// A lane asks for a lease.
  mutating func requested(_ lane: Int, _ slot: Int, _ life: UInt64) {
    let worker = lane / configuration.lanes
    guard workers[worker].life == life else { return }
    let poll = SimulatedPoll(lane: lane, slot: slot, worker: session(worker))
    _ = serve(configuration.costs.messageSeconds)
    // A request is a sign of life.
    _ = scheduler.heartbeat(from: poll.worker, running: [], at: instant)
    if !decide(poll) { polls.append(poll) }
  }

  /// Looks at all requests that wait, when there is anything to be had.
  mutating func answerPolls() {
    isWakeDue = false
    guard scheduler.mayGrant(at: instant) else { return }
    let waiting = polls
    polls.removeAll(keepingCapacity: true)
    for poll in waiting where !decide(poll) { polls.append(poll) }
  }

  /// Answers a request.
  ///
  /// - Returns: Whether it is done with; it waits when not.
  private mutating func decide(_ poll: SimulatedPoll) -> Bool {
    switch scheduler.leaseRequested(by: poll.worker, at: instant) {
    case .wait: return false
    case .drain, .unknownWorker: return true
    case .grant(let lease):
      let chunk = configuration.chunks[lease.chunk]
      runs.append(
        SimulatedRun(
          token: lease.token,
          chunk: lease.chunk,
          lane: poll.lane,
          slot: poll.slot,
          worker: poll.lane / configuration.lanes,
          life: poll.worker.rawValue >> 32,
          rows: chunk.tokens + chunk.lead,
          total: configuration.costs.byteCount(chunk)
        )
      )
      let answered = serve(configuration.costs.leaseSeconds)
      events.add(.leased(runs.count - 1), at: answered + latency)
      return true
    }
  }

  /// The run of a lease; tokens count up from 1, and each makes a run.
  func run(of token: LeaseToken) -> Int { Int(token.rawValue) - 1 }

  // MARK: Transfers

  /// A transfer is announced.
  mutating func beginArrived(_ run: Int) {
    let answered = serve(configuration.costs.messageSeconds) + latency
    guard scheduler.lease(runs[run].token) != nil else {
      events.add(.delivered(run), at: answered)
      return
    }
    let (token, bytes) = (runs[run].token, runs[run].total)
    guard admissions.enter(token, byteCount: bytes, budget: &budget) else {
      _ = scheduler.deferred(token, at: instant)
      note(run, waits: true)
      let until = instant.advanced(by: .seconds(configuration.figures.admissionSeconds))
      return admissions.wait(token, byteCount: bytes, request: run, until: until)
    }
    begin(run, answered: answered)
  }

  /// A transfer for which memory is reserved begins.
  private mutating func begin(_ run: Int, answered: Int64) {
    runs[run].isReserved = true
    note(run, waits: false)
    _ = scheduler.progress(runs[run].token, bytesReceived: 0, at: instant)
    events.add(.begun(run), at: answered)
  }

  /// Looks at the transfers that wait for memory.
  mutating func admit() {
    for run in admissions.takeEnded() {
      events.add(.delivered(run), at: serve(configuration.costs.messageSeconds) + latency)
    }
    for admitted in admissions.admit({ budget.reserve($0) }) {
      begin(admitted.request, answered: serve(configuration.costs.messageSeconds) + latency)
    }
    for run in admissions.expire(at: instant) {
      let answered = serve(configuration.costs.messageSeconds) + latency
      events.add(.firstBytes(run), at: answered + inNanoseconds(configuration.figures.deferralSeconds))
    }
  }

  /// A frame has come over the link; the processor takes it in when it is done with those before.
  mutating func frameArrived(_ run: Int, _ bytes: Int) {
    let costs = configuration.costs
    tally.receivedBytes += bytes
    let stored = serve(costs.messageSeconds + Double(bytes) / costs.ingestBytesPerSecond)
    events.add(.stored(run, bytes: bytes), at: stored)
  }

  /// A frame is checked and in its place.
  mutating func stored(_ run: Int, _ bytes: Int) {
    runs[run].received += bytes
    let isValid = scheduler.progress(runs[run].token, bytesReceived: runs[run].received, at: instant)
    events.add(isValid ? .accepted(run) : .delivered(run), at: now + latency)
  }

  /// A transfer is complete.
  mutating func endArrived(_ run: Int) {
    let answered = serve(configuration.costs.messageSeconds) + latency
    if case .accepted(let actions) = scheduler.completed(runs[run].token, at: instant) {
      release(run)
      tally.committedChunks += 1
      let worker = runs[run].worker
      tally.work += Double(runs[run].duration) * 1e-9 * workers[worker].speed
      let sent = max(0, runs[run].endSentAt - runs[run].computedAt)
      workers[worker].computeNanoseconds = workers[worker].computeNanoseconds.saturatingSum(
        runs[run].duration
      )
      workers[worker].wireNanoseconds = workers[worker].wireNanoseconds.saturatingSum(sent)
      apply(actions)
      isWakeDue = true
    }
    events.add(.delivered(run), at: answered)
  }

  private mutating func release(_ run: Int) {
    guard runs[run].isReserved else { return }
    runs[run].isReserved = false
    budget.release(runs[run].total)
    isWakeDue = true
  }

  /// Does what the scheduler asks for.
  mutating func apply(_ actions: [SchedulerAction]) {
    for action in actions {
      switch action {
      case .workAvailable: isWakeDue = true
      case .leaseEnded(let lease, _):
        admissions.leaseEnded(lease.token)
        release(run(of: lease.token))
      case .workerExpired: isWakeDue = true
      case .jobCompleted: end = (now, true)
      case .jobFailed: end = (now, false)
      }
    }
  }

  /// Occupies the coordinator's processor.
  ///
  /// - Returns: When it is done.
  private mutating func serve(_ seconds: Double) -> Int64 {
    coordinator.serve(at: now, nanoseconds: inNanoseconds(seconds))
  }
}
