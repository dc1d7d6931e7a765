internal import KVFormat
internal import NNG
internal import Scheduling
internal import Wire

extension HubState {
  /// What a worker that asks for a chunk is told.
  enum PollAnswer: Sendable {
    /// Encode this chunk, coded like this; the worker could have had it since then.
    case granted(Lease, HubJob, KVCodec, since: Instant)
    /// Nothing for now: ask again.
    case none
    /// There will be nothing more: finish and leave.
    case drain
    /// The session is not known.
    case register
  }

  /// Takes a job in.
  ///
  /// - Parameters:
  ///   - job: The job, which has been checked.
  ///   - number: Its identifier.
  ///   - events: Where its events go.
  ///   - now: The time.
  /// - Throws: ``HubError`` when the job is known already or no work is taken.
  mutating func submit(
    _ job: HubJob,
    number: UInt128,
    events: HubEventQueue,
    at now: Instant
  ) throws(HubError) {
    guard !isDraining else {
      throw HubError(.shuttingDown, "the coordinator is shutting down; submit the job again later")
    }
    let id = JobID(rawValue: number)
    guard jobs[id] == nil else { throw HubError(.invalidJob, "job \(job.id) is running already") }
    jobs[id] = Job(job: job, events: events)
    apply(scheduler.addJob(id, sizes: job.chunks.map(\.count), workerLimit: job.workerLimit), at: now)
  }

  /// Gives a job up; an unknown one changes nothing.
  mutating func cancel(_ id: JobID, error: HubError, at now: Instant) {
    guard let job = jobs[id] else { return }
    apply(scheduler.cancelJob(id), at: now)
    end(id, with: .failed(error), of: job)
  }

  /// A worker asks for a chunk and is willing to wait.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - session: Whose it is.
  ///   - arrival: When it came.
  ///   - deadline: How long it may wait.
  ///   - now: The time.
  /// - Returns: The answer, nil when the request waits.
  mutating func poll(
    _ request: IncomingRequest,
    session: WorkerSession,
    arrival: Instant,
    until deadline: Instant,
    at now: Instant
  ) -> PollAnswer? {
    guard heard(from: session, running: [], at: now) != nil else { return .register }
    let answer = decide(for: session.id, since: arrival, at: now)
    guard case .none = answer, deadline > now else { return answer }
    // One poll per lane is all that a worker needs; more would be a way to fill the table.
    let waiting = polls.count { $0.worker == session.id }
    guard waiting < session.registration.lanes else { return PollAnswer.none }
    polls.append(Poll(request: request, worker: session.id, deadline: deadline, arrival: arrival))
    return nil
  }

  /// Looks at all waiting polls.
  ///
  /// - Returns: Those to be answered now.
  /// - Complexity: O(polls + leases), plus that of each decision while there is something to be had.
  mutating func answerPolls(at now: Instant) -> [(poll: Poll, answer: PollAnswer)] {
    let change = changedAt ?? now
    // A lease becomes slow by time alone, so only time is a reason to look for slow ones.
    let looksForSlow = isTimeDue
    changedAt = nil
    isTimeDue = false
    var answers: [(poll: Poll, answer: PollAnswer)] = []
    var waiting: [Poll] = []
    // With hundreds of idle lanes and nothing to be had, each would be refused at the price of a search.
    var isVain = !isDraining && !scheduler.mayGrant(copies: looksForSlow, at: now)
    for poll in polls {
      if isVain, poll.deadline > now, sessions[poll.worker]?.isDraining == false {
        waiting.append(poll)
        continue
      }
      let answer = decide(for: poll.worker, since: max(poll.arrival, change), at: now)
      if case .granted = answer { isVain = !scheduler.mayGrant(copies: looksForSlow, at: now) }
      if case .none = answer, poll.deadline > now {
        waiting.append(poll)
      } else {
        answers.append((poll, answer))
      }
    }
    polls = waiting
    return answers
  }

  private mutating func decide(for worker: WorkerID, since: Instant, at now: Instant) -> PollAnswer {
    if isDraining, sessions[worker] != nil { return .drain }
    switch scheduler.leaseRequested(by: worker, at: now) {
    case .wait: return .none
    case .drain: return .drain
    case .unknownWorker: return .register
    case .grant(let lease):
      guard let job = jobs[lease.job], let session = sessions[worker] else { return .none }
      noteLeases(of: worker, at: now)
      job.events.push(.leased(chunk: lease.chunk, worker: session.label, attempt: lease.attempt))
      let wanted = session.codec(for: job.job.wire)
      let codec = job.job.coding(ofChunk: lease.chunk, by: wanted)?.codec ?? .bf16
      if codec != .bf16 { codecs[lease.token] = codec }
      return .granted(lease, job.job, codec, since: since)
    }
  }
}
