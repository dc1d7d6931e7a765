internal import KVFormat
internal import Memory
internal import NNG
internal import Scheduling
internal import Wire

extension HubState {
  /// What becomes of the wish to send a chunk.
  enum BeginDecision: Sendable {
    /// The bytes are reserved: allocate them and come back with ``HubState/install(_:at:)``.
    case allocate(Lease, KVCoding)
    /// The transfer is under way; it goes on.
    case resume(receivedBytes: Int)
    /// No room for so many bytes now: the request waits for it.
    case wait(KVCoding)
    /// The lease is over.
    case superseded
    /// The announcement is wrong; the lease has failed.
    case refused(String)
  }

  /// Where a worker's time went, in seconds.
  struct Timing: Hashable, Sendable {
    var compute: Double
    var wire: Double
  }

  /// A worker announces the bytes of a lease.
  mutating func begin(
    _ token: LeaseToken,
    job id: JobID,
    chunk: Int,
    byteCount: Int,
    frameBytes: Int,
    at now: Instant
  ) -> BeginDecision {
    guard let lease = scheduler.lease(token), let job = jobs[lease.job] else { return .superseded }
    var problem: String?
    if lease.job != id || lease.chunk != chunk {
      problem = "\(token) is for chunk \(lease.chunk) of job \(lease.job), not chunk \(chunk) of job \(id)"
    } else if let coding = job.job.coding(ofChunk: chunk, by: codecs[token] ?? .bf16),
      byteCount != coding.codedByteCount
    {
      problem =
        "chunk \(chunk) was announced with \(byteCount) bytes, expected are \(coding.codedByteCount) in "
        + coding.codec.rawValue
    } else if let transfer = transfers[token] {
      if transfer.frameBytes == frameBytes {
        let isValid = scheduler.progress(token, bytesReceived: transfer.receivedBytes, at: now)
        return isValid ? .resume(receivedBytes: transfer.receivedBytes) : .superseded
      }
      problem = "chunk \(chunk) was announced again in another way"
    }
    if let problem {
      fail(token, because: problem, at: now)
      return .refused(problem)
    }
    guard let coding = job.job.coding(ofChunk: chunk, by: codecs[token] ?? .bf16) else { return .superseded }
    // Coded bytes arrive in the memory of the plain ones, and the summary in its own behind them.
    guard admissions.enter(token, byteCount: coding.byteCount, budget: &budget) else {
      return scheduler.deferred(token, at: now) ? .wait(coding) : .superseded
    }
    return .allocate(lease, coding)
  }

  /// What waiting transfers are told.
  struct Admissions: Sendable {
    /// A transfer for which bytes are reserved now.
    struct Admitted: Sendable {
      let lease: Lease
      let transfer: WaitingTransfer
    }

    /// To be allocated.
    var admitted: [Admitted] = []
    /// To be told that their lease is over.
    var superseded: [WaitingTransfer] = []
    /// To be told to ask again.
    var expired: [WaitingTransfer] = []
  }

  /// Looks at the transfers that wait for memory.
  mutating func admit(at now: Instant) -> Admissions {
    var result = Admissions()
    result.superseded = admissions.takeEnded()
    for entry in admissions.admit({ budget.reserve($0) }) {
      guard let lease = scheduler.lease(entry.token) else { continue }
      result.admitted.append(.init(lease: lease, transfer: entry.request))
    }
    result.expired = admissions.expire(at: now)
    return result
  }

  /// Takes in the memory of a transfer that ``begin(_:job:chunk:byteCount:frameBytes:at:)`` has admitted.
  ///
  /// - Returns: Whether the transfer may go on; false when the lease has ended meanwhile.
  mutating func install(_ transfer: ChunkTransfer, at now: Instant) -> Bool {
    let token = transfer.lease.token
    guard scheduler.progress(token, bytesReceived: 0, at: now) else {
      release(transfer.heldByteCount)
      return false
    }
    guard transfers[token] == nil else {
      // The same announcement came twice at once; the first memory is used.
      release(transfer.heldByteCount)
      return true
    }
    transfers[token] = transfer
    return true
  }

  /// Notes that a frame of a lease has arrived.
  ///
  /// - Parameters:
  ///   - receivedBytes: The bytes of the lease that have arrived in all.
  ///   - frame: Those of the frame.
  ///   - transfer: The transfer.
  ///   - now: The time.
  /// - Returns: Whether the lease is still valid.
  mutating func received(
    _ receivedBytes: Int,
    frame: Int,
    of transfer: ChunkTransfer,
    at now: Instant
  ) -> Bool {
    let lease = transfer.lease
    sessions[lease.worker]?.link.arrived(bytes: frame, at: now.seconds)
    guard scheduler.progress(lease.token, bytesReceived: receivedBytes, at: now) else { return false }
    jobs[lease.job]?.events.push(
      .progress(chunk: lease.chunk, receivedBytes: receivedBytes, totalBytes: transfer.coding.codedByteCount)
    )
    return true
  }

  /// A transfer is complete and checked.
  ///
  /// - Parameters:
  ///   - transfer: The transfer.
  ///   - timing: What the worker says of its time.
  ///   - sinkDigest: What the worker says of its sink.
  ///   - end: When the transfer ended.
  ///   - now: The time, which is later: the bytes have been decoded.
  /// - Returns: Whether it is committed; false when the lease has ended meanwhile.
  mutating func commit(
    _ transfer: ChunkTransfer,
    timing: Timing,
    sinkDigest: UInt64,
    endedAt end: Instant,
    at now: Instant
  ) -> Bool {
    let lease = transfer.lease
    guard let job = jobs[lease.job], case .accepted(let actions) = scheduler.completed(lease.token, at: now)
    else { return false }
    dropTransfer(lease.token)
    noteLeases(of: lease.worker, at: now)
    sessions[lease.worker]?.chunks += 1
    sessions[lease.worker]?.tokens += job.job.chunks[lease.chunk].count
    sessions[lease.worker]?.lastHeard = now
    if let lanes = sessions[lease.worker]?.registration.lanes {
      sessions[lease.worker]?.link.completed(
        plainBytes: transfer.coding.byteCount,
        computeSeconds: timing.compute,
        trailingSeconds: timing.wire,
        lanes: lanes,
        at: end.seconds
      )
    }
    let label = sessions[lease.worker]?.label ?? "?"
    let report = ChunkReport(
      worker: label,
      computeSeconds: timing.compute,
      wireSeconds: timing.wire,
      sinkDigest: sinkDigest,
      attempt: lease.attempt,
      leasedAt: Double(lease.grantedAt.nanoseconds) * 1e-9,
      committedAt: Double(now.nanoseconds) * 1e-9,
      codec: transfer.coding.codec,
      wireBytes: transfer.coding.codedByteCount,
      isReplayed: sessions[lease.worker]?.registration.isReplay ?? false
    )
    job.events.push(.committed(chunk: lease.chunk, kv: transfer.buffer, report: report))
    apply(actions, at: now)
    wake(at: now)
    return true
  }

  /// A lease has failed; a token that is over changes nothing.
  mutating func fail(_ token: LeaseToken, because reason: String, at now: Instant) {
    apply(scheduler.failed(token, reason: reason, at: now), at: now)
  }
}
