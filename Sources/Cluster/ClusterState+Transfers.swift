internal import KVFormat
package import Scheduling

extension ClusterState {
  /// A worker's announcement that it is about to send a chunk.
  package struct Announcement: Hashable, Sendable {
    /// The number of the worker's session.
    package var session: UInt64
    /// The lease.
    package var token: LeaseToken
    /// The job of the lease, as the worker knows it.
    package var job: JobID
    /// The chunk of the lease, as the worker knows it.
    package var chunk: Int
    /// The bytes on the wire.
    package var byteCount: Int
    /// Payload bytes of every frame but the last.
    package var frameBytes: Int

    package init(session: UInt64, token: LeaseToken, job: JobID, chunk: Int, byteCount: Int, frameBytes: Int)
    {
      self.session = session
      self.token = token
      self.job = job
      self.chunk = chunk
      self.byteCount = byteCount
      self.frameBytes = frameBytes
    }
  }

  /// The worker's account of a transfer at its end.
  package struct Completion: Hashable, Sendable {
    /// The time from the lease's receipt to the last computed byte, in seconds.
    package var computeSeconds: Double
    /// The time from there to the end of the transfer, in seconds.
    package var wireSeconds: Double
    /// The digest of the sink's KV cache as the worker computed it.
    package var sinkDigest: UInt64
    /// The time at which the transfer ended.
    package var endedAt: Instant

    package init(computeSeconds: Double, wireSeconds: Double, sinkDigest: UInt64, endedAt: Instant) {
      self.computeSeconds = computeSeconds
      self.wireSeconds = wireSeconds
      self.sinkDigest = sinkDigest
      self.endedAt = endedAt
    }
  }

  // MARK: Beginning

  /// Handles an announcement: the transfer gets memory, goes on where it was, or waits for memory.
  package mutating func announced(
    _ announcement: Announcement,
    by request: Request,
    at now: Instant
  ) -> [Effect] {
    let token = announcement.token
    guard let worker = workers[WorkerID(rawValue: announcement.session)] else {
      return [.reply(request, .reregister)]
    }
    // A worker sends for its own leases only.
    guard let lease = scheduler.lease(token), lease.worker == worker.id,
      let chunk = jobs[lease.job]?.chunks[lease.chunk]
    else { return [.reply(request, .superseded)] }
    if let problem = problem(announcement, of: lease, chunk) {
      return failed(token, because: problem, by: request, at: now)
    }
    switch transfers.transfer(of: token)?.phase {
    case .receiving(let receivedBytes):
      let isValid = scheduler.progress(token, bytesReceived: receivedBytes, at: now)
      return [.reply(request, isValid ? .send(receivedBytes: receivedBytes) : .superseded)]
    case .allocating, .abandoned:
      // The same announcement has come twice; the first one gets the memory.
      return [.reply(request, .deferred)]
    case nil: break
    }
    let codec = transfers.codec(of: token)
    let waiting = TransferTable<Request>.Waiting(
      request: request,
      codec: codec,
      frameBytes: announcement.frameBytes
    )
    // Memory may have become free for an earlier announcement, which has not been looked at since.
    let earlier = transfers.waitingRequest(of: token)
    if transfers.enter(token, byteCount: chunk.byteCount, waiting) {
      let answer = earlier.map { [Effect.reply($0, .deferred)] } ?? []
      return answer + [.allocate(admission(lease, chunk.byteCount, waiting))]
    }
    guard scheduler.deferred(token, at: now) else { return [.reply(request, .superseded)] }
    let deadline = now.advanced(by: limits.admissionWait)
    let former = transfers.wait(token, byteCount: chunk.byteCount, waiting, until: deadline)
    return former.map { [.reply($0, .deferred)] } ?? []
  }

  /// Returns the error in an announcement, or nil.
  private func problem(
    _ announcement: Announcement,
    of lease: Lease,
    _ chunk: ClusterJob.Chunk
  ) -> String? {
    let frameBytes = announcement.frameBytes
    guard limits.frames.contains(frameBytes) else {
      return "frames of \(frameBytes) bytes are outside of what was agreed, at most "
        + "\(limits.frames.bytes.upperBound)"
    }
    guard lease.job == announcement.job, lease.chunk == announcement.chunk else {
      return "\(lease.token) is for chunk \(lease.chunk) of job \(lease.job), not chunk "
        + "\(announcement.chunk) of job \(announcement.job)"
    }
    let codec = transfers.codec(of: lease.token)
    let expected = chunk.wireByteCount(codec) ?? chunk.byteCount
    guard announcement.byteCount == expected else {
      return "chunk \(lease.chunk) was announced with \(announcement.byteCount) bytes, expected are "
        + "\(expected) in \(codec.rawValue)"
    }
    if let transfer = transfers.transfer(of: lease.token), transfer.frameBytes != frameBytes {
      return "chunk \(lease.chunk) was announced again in another way"
    }
    return nil
  }

  private func admission(
    _ lease: Lease,
    _ byteCount: Int,
    _ waiting: TransferTable<Request>.Waiting
  ) -> Admission {
    Admission(lease: lease, codec: waiting.codec, byteCount: byteCount, frameBytes: waiting.frameBytes)
  }

  /// Grants memory to waiting transfers, and answers the requests whose time is up.
  mutating func admit(at now: Instant, _ effects: inout [Effect]) {
    for entry in transfers.admit() {
      guard let lease = scheduler.lease(entry.token) else { continue }
      effects.append(.allocate(admission(lease, entry.byteCount, entry.waiting)))
    }
    for request in transfers.expire(at: now) { effects.append(.reply(request, .deferred)) }
  }

  /// Handles the success of an ``Effect/allocate(_:)``. If the lease has ended, the memory is dropped.
  package mutating func allocated(_ token: LeaseToken, at now: Instant) -> [Effect] {
    guard let (request, isWanted) = transfers.allocated(token) else { return [] }
    if isWanted {
      _ = scheduler.progress(token, bytesReceived: 0, at: now)
      return [.reply(request, .send(receivedBytes: 0))]
    }
    var effects: [Effect] = [.drop(token), .reply(request, .superseded)]
    wakeForMemory(&effects)
    return effects
  }

  /// Handles the failure of an ``Effect/allocate(_:)``: the worker asks again later.
  package mutating func notAllocated(_ token: LeaseToken, at now: Instant) -> [Effect] {
    guard let request = transfers.notAllocated(token) else { return [] }
    var effects: [Effect] = [.reply(request, .deferred)]
    wakeForMemory(&effects)
    return effects
  }

  /// The number of transfers that wait for memory.
  package var waitingTransfers: Int { transfers.waitingCount }

  // MARK: Receiving

  /// Handles a frame that has been stored.
  ///
  /// - Parameters:
  ///   - token: The lease.
  ///   - frameBytes: The bytes of the frame.
  ///   - receivedBytes: The bytes of the lease that have arrived in all.
  ///   - request: The request that brought the frame.
  ///   - now: The time.
  /// - Returns: The effects to be performed.
  package mutating func stored(
    _ token: LeaseToken,
    frameBytes: Int,
    receivedBytes: Int,
    by request: Request,
    at now: Instant
  ) -> [Effect] {
    guard let lease = scheduler.lease(token), let chunk = jobs[lease.job]?.chunks[lease.chunk],
      case .receiving? = transfers.transfer(of: token)?.phase
    else { return [.reply(request, .superseded)] }
    workers.update(lease.worker) { $0.link.arrived(bytes: frameBytes, at: now.seconds) }
    transfers.received(receivedBytes, of: token)
    guard scheduler.progress(token, bytesReceived: receivedBytes, at: now) else {
      return [.reply(request, .superseded)]
    }
    let total = chunk.wireByteCount(transfers.codec(of: token)) ?? chunk.byteCount
    return [
      .emit(lease.job, .progress(chunk: lease.chunk, receivedBytes: receivedBytes, totalBytes: total)),
      .reply(request, .accepted),
    ]
  }

  /// Fails the lease of a transfer that was wrong.
  package mutating func failed(
    _ token: LeaseToken,
    because reason: String,
    by request: Request,
    at now: Instant
  ) -> [Effect] {
    var effects: [Effect] = []
    apply(scheduler.failed(token, reason: reason, at: now), at: now, &effects)
    effects.append(.reply(request, .refused(reason)))
    return effects
  }

  /// Commits a transfer that is complete and checked. Of all leases on a chunk exactly one is committed.
  package mutating func completed(
    _ token: LeaseToken,
    _ completion: Completion,
    by request: Request,
    at now: Instant
  ) -> [Effect] {
    guard let lease = scheduler.lease(token), let chunk = jobs[lease.job]?.chunks[lease.chunk],
      case .receiving? = transfers.transfer(of: token)?.phase,
      case .accepted(let actions) = scheduler.completed(token, at: now)
    else { return [.reply(request, .superseded)] }
    let codec = transfers.codec(of: token)
    noteLeases(of: lease.worker, at: now)
    workers.update(lease.worker) { worker in
      worker.chunks += 1
      worker.tokens += chunk.tokens
      worker.lastHeard = now
      worker.link.completed(
        plainBytes: chunk.byteCount,
        computeSeconds: completion.computeSeconds,
        trailingSeconds: completion.wireSeconds,
        lanes: worker.registration.lanes,
        at: completion.endedAt.seconds
      )
    }
    let worker = workers[lease.worker]
    let report = ChunkReport(
      worker: worker?.label ?? "?",
      compute: worker?.registration.compute,
      computeSeconds: completion.computeSeconds,
      wireSeconds: completion.wireSeconds,
      sinkDigest: completion.sinkDigest,
      attempt: lease.attempt,
      leasedAt: lease.grantedAt.seconds,
      committedAt: now.seconds,
      codec: codec,
      wireBytes: chunk.wireByteCount(codec) ?? chunk.byteCount,
      isReplayed: worker?.registration.isReplay ?? false
    )
    var effects: [Effect] = [.emit(lease.job, .committed(chunk: lease.chunk, lease: token, report: report))]
    endTransfer(of: token, at: now, &effects)
    apply(actions, at: now, &effects)
    wake(at: now, &effects)
    effects.append(.reply(request, .committed))
    return effects
  }

  /// Drops what was received for a lease, and answers the request that waits for its memory.
  mutating func endTransfer(of token: LeaseToken, at now: Instant, _ effects: inout [Effect]) {
    let (holdsMemory, waiting) = transfers.end(token)
    if let waiting { effects.append(.reply(waiting, .superseded)) }
    guard holdsMemory else { return }
    effects.append(.drop(token))
    wakeForMemory(&effects)
  }
}
