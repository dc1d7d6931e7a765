internal import NNG
internal import Scheduling
internal import Wire

extension HubState {
  /// What a worker that asks for a chunk is told.
  enum PollAnswer: Sendable {
    /// Encode this chunk.
    case granted(Lease, HubJob)
    /// Nothing for now: ask again.
    case none
    /// There will be nothing more: finish and leave.
    case drain
    /// The session is not known.
    case register
  }

  /// Takes a job in.
  ///
  /// - Throws: ``HubError`` when the job cannot be worked on, or is known already.
  mutating func submit(
    _ job: HubJob,
    identity: ModelIdentity,
    maximumChunkBytes: Int,
    events: HubEventQueue,
    at now: Instant
  ) throws(HubError) {
    guard !isDraining else {
      throw HubError(.shuttingDown, "the coordinator is shutting down; submit the job again later")
    }
    guard let number = job.number else {
      throw HubError(.invalidJob, "\"\(job.id)\" is no job identifier: give a UUID")
    }
    let id = JobID(rawValue: number)
    guard jobs[id] == nil else { throw HubError(.invalidJob, "job \(job.id) is running already") }
    guard job.kvType == identity.kvType, job.shape == identity.shape else {
      let ours = HubJob(id: "", sinkTokens: [], chunks: [], kvType: identity.kvType, shape: identity.shape)
      throw HubError(
        .invalidJob,
        "the job's KV is \(job.kvDescription), that of the coordinator's model is \(ours.kvDescription)"
      )
    }
    guard (job.sinkTokens + job.chunks.joined()).allSatisfy({ $0 >= 0 }) else {
      throw HubError(.invalidJob, "a token of job \(job.id) is negative")
    }
    for (index, tokens) in job.chunks.enumerated() {
      guard !tokens.isEmpty else { throw HubError(.invalidJob, "chunk \(index) has no tokens") }
      let leaseTokens = tokens.count + job.sinkTokens.count
      guard leaseTokens <= WireProtocol.maximumTokens else {
        throw HubError(
          .invalidJob,
          "chunk \(index) and the sink have \(leaseTokens) tokens; the limit is \(WireProtocol.maximumTokens): use smaller chunks"
        )
      }
      guard let bytes = job.byteCount(ofChunk: index), bytes > 0, bytes <= maximumChunkBytes else {
        throw HubError(
          .invalidJob,
          "the KV of chunk \(index) is over the limit of \(maximumChunkBytes) bytes: use smaller chunks"
        )
      }
    }
    jobs[id] = Job(job: job, events: events)
    apply(scheduler.addJob(id, sizes: job.chunks.map(\.count)), at: now)
  }

  /// Gives a job up; an unknown one changes nothing.
  mutating func cancel(_ id: JobID, error: HubError, at now: Instant) {
    guard let job = jobs[id] else { return }
    apply(scheduler.cancelJob(id), at: now)
    end(id, with: .failed(error), of: job)
  }

  /// A worker asks for a chunk and is willing to wait.
  ///
  /// - Returns: The answer, nil when the request waits.
  mutating func poll(
    _ request: IncomingRequest,
    session: WorkerSession,
    until deadline: Instant,
    at now: Instant
  ) -> PollAnswer? {
    guard heard(from: session, running: [], at: now) != nil else { return .register }
    let answer = decide(for: session.id, at: now)
    guard case .none = answer, deadline > now else { return answer }
    // One poll per lane is all that a worker needs; more would be a way to fill the table.
    let waiting = polls.count { $0.worker == session.id }
    guard waiting < session.registration.lanes else { return PollAnswer.none }
    polls.append(Poll(request: request, worker: session.id, deadline: deadline))
    return nil
  }

  /// Looks at all waiting polls.
  ///
  /// - Returns: Those to be answered now.
  mutating func answerPolls(at now: Instant) -> [(poll: Poll, answer: PollAnswer)] {
    var answers: [(poll: Poll, answer: PollAnswer)] = []
    var waiting: [Poll] = []
    for poll in polls {
      let answer = decide(for: poll.worker, at: now)
      if case .none = answer, poll.deadline > now {
        waiting.append(poll)
      } else {
        answers.append((poll, answer))
      }
    }
    polls = waiting
    return answers
  }

  private mutating func decide(for worker: WorkerID, at now: Instant) -> PollAnswer {
    if isDraining, sessions[worker] != nil { return .drain }
    switch scheduler.leaseRequested(by: worker, at: now) {
    case .wait: return .none
    case .drain: return .drain
    case .unknownWorker: return .register
    case .grant(let lease):
      guard let job = jobs[lease.job], let session = sessions[worker] else { return .none }
      noteLeases(of: worker, at: now)
      job.events.push(.leased(chunk: lease.chunk, worker: session.label, attempt: lease.attempt))
      return .granted(lease, job.job)
    }
  }
}
