internal import Cluster
internal import KVFormat
internal import NNG
internal import Scheduling
internal import Wire

/// A request of a worker that is answered by the cluster's decisions.
enum HubRequest: Sendable {
  /// One on the control socket.
  case control(IncomingRequest)
  /// One on the bulk socket.
  case bulk(IncomingRequest)
}

/// The cluster's decisions, and the objects that they name by number: jobs with their readers, and the memory
/// of transfers. The hub's lock guards all of it.
struct HubTables: Sendable {
  typealias Cluster = ClusterState<HubRequest, PipeID>

  /// A running job and its reader.
  struct Job: Sendable {
    let job: HubJob
    let events: HubEventQueue
  }

  /// An effect that is performed once the lock is free.
  enum Action: Sendable {
    case reply(HubRequest, Cluster.Reply)
    /// A lease for a worker that asked, with the job that holds its tokens.
    case grant(IncomingRequest, Cluster.Grant, HubJob)
    /// The memory of a transfer must be allocated.
    case allocate(Cluster.Admission, KVCoding)
    case note(Cluster.Note)
    /// A request that is refused without the cluster.
    case refuse(IncomingRequest, Refusal)
  }

  private(set) var cluster: Cluster
  private(set) var jobs: [JobID: Job] = [:]
  private(set) var transfers: [LeaseToken: ChunkTransfer] = [:]
  /// True if the waiting requests must be looked at.
  private var isWakeDue = false
  /// Postponed actions, for the task that answers waiting requests.
  private var outbox: [Action] = []

  init(_ cluster: Cluster) { self.cluster = cluster }

  /// Returns true if the waiting requests must be looked at, and clears that.
  mutating func takeWake() -> Bool {
    defer { isWakeDue = false }
    return isWakeDue
  }

  /// Leaves actions to the task that answers waiting requests.
  mutating func postpone(_ actions: some Collection<Action>) {
    outbox += actions
    if !actions.isEmpty { isWakeDue = true }
  }

  /// Answers the waiting requests that can be answered.
  ///
  /// - Returns: The postponed actions, and those of the decisions.
  mutating func answerWaiting(at now: Instant) -> [Action] {
    defer { outbox.removeAll() }
    return outbox + report { $0.answerWaiting(at: now) }
  }

  /// Reports an event to the cluster.
  ///
  /// Readers get their jobs' events and memory is dropped in here, so their order is that of the decisions.
  ///
  /// - Parameter event: A function that reports it.
  /// - Returns: The actions for the other effects.
  /// - Throws: The error of `event`.
  mutating func report<Failure>(
    _ event: (inout Cluster) throws(Failure) -> [Cluster.Effect]
  ) throws(Failure) -> [Action] {
    try event(&cluster).compactMap { perform($0) }
  }

  /// Adds a job.
  ///
  /// - Throws: ``JobRefusal``.
  mutating func submit(
    _ job: HubJob,
    as id: JobID,
    events: HubEventQueue,
    at now: Instant
  ) throws(JobRefusal) {
    let effects = try cluster.submitted(ClusterJob(job), as: id, at: now)
    jobs[id] = Job(job: job, events: events)
    postpone(effects.compactMap { perform($0) })
  }

  /// Notes that the memory of a transfer is allocated.
  mutating func install(_ transfer: ChunkTransfer, at now: Instant) -> [Action] {
    transfers[transfer.lease.token] = transfer
    return report { $0.allocated(transfer.lease.token, at: now) }
  }

  private mutating func perform(_ effect: Cluster.Effect) -> Action? {
    switch effect {
    case .reply(.control(let request), .grant(let grant)):
      guard let job = jobs[grant.lease.job]?.job else { return .reply(.control(request), .nothing) }
      return .grant(request, grant, job)
    case .reply(let request, let reply): return .reply(request, reply)
    case .allocate(let admission):
      let lease = admission.lease
      return jobs[lease.job]?.job.coding(ofChunk: lease.chunk, by: admission.codec)
        .map { .allocate(admission, $0) }
    case .emit(let id, let event):
      emit(event, of: id)
      return nil
    case .drop(let token):
      transfers.removeValue(forKey: token)?.close()
      return nil
    case .wake:
      isWakeDue = true
      return nil
    case .note(let note): return .note(note)
    }
  }

  private mutating func emit(_ event: JobEvent, of id: JobID) {
    guard let job = jobs[id], let event = hubEvent(event, of: job.job) else { return }
    job.events.push(event)
    if event.isLast { jobs[id] = nil }
  }

  /// Returns the event for the job's reader, with the memory of a committed chunk.
  private func hubEvent(_ event: JobEvent, of job: HubJob) -> HubEvent? {
    switch event {
    case .leased(let chunk, let worker, let attempt):
      .leased(chunk: chunk, worker: worker, attempt: attempt)
    case .progress(let chunk, let receivedBytes, let totalBytes):
      .progress(chunk: chunk, receivedBytes: receivedBytes, totalBytes: totalBytes)
    case .committed(let chunk, let token, let report):
      transfers[token].map { .committed(chunk: chunk, kv: $0.buffer, report: report) }
    case .retried(let chunk, let reason): .retried(chunk: chunk, reason: reason)
    case .finished(let summary): .finished(summary)
    case .failed(let failure): .failed(HubError(failure, of: job))
    }
  }
}

extension ClusterJob {
  /// Makes the cluster's description of a job that has been checked.
  init(_ job: HubJob) {
    self.init(
      chunks: job.chunks.indices.map { index in
        let plain = job.coding(ofChunk: index, by: .bf16)
        let coded = job.coding(ofChunk: index, by: .int8)
        return Chunk(
          tokens: job.chunks[index].count,
          byteCount: plain?.byteCount ?? 0,
          codedByteCounts: coded.map { [.int8: $0.codedByteCount] } ?? [:]
        )
      },
      model: job.model,
      workerLimit: job.workerLimit,
      codec: job.wire
    )
  }
}

extension HubError {
  /// Makes the error of a job's end, for its reader.
  init(_ failure: JobFailure, of job: HubJob) {
    switch failure {
    case .tooManyAttempts(let reason): self.init(.tooManyAttempts, reason)
    case .cancelled: self.init(.cancelled, "job \(job.id) was cancelled")
    case .shutDown:
      self.init(.shuttingDown, "the coordinator was shut down before the job was finished")
    }
  }

  /// Makes the error of a job's refusal, for the caller that submitted it.
  init(_ refusal: JobRefusal, of job: HubJob) {
    switch refusal {
    case .shuttingDown:
      self.init(.shuttingDown, "the coordinator is shutting down; submit the job again later")
    case .running: self.init(.invalidJob, "job \(job.id) is running already")
    }
  }
}
