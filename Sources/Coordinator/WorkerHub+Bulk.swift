internal import Gate
internal import Logging
internal import Memory
internal import NNG
internal import Scheduling
internal import Synchronization
internal import Wire

extension WorkerHub {
  /// After so many damaged frames a transfer is given up.
  private static let tolerableBadFrames = 8

  /// Answers one bulk request after another until the task is cancelled.
  func serveBulk() async -> Bool {
    await serve(ports.bulk) { request in
      if request.withBytes({ $0.elementsEqual(Purpose.bulk.probe) }) {
        return await self.answerProbe(request)
      }
      var receiver: ChunkTransfer?
      guard let reply = self.answerBulk(request, receiver: &receiver) else { return }
      await self.send(reply, to: request)
      // After the reply, so that the worker sends on meanwhile.
      receiver?.decodeReceived()
    }
  }

  /// Sends a reply; a peer that is gone is noticed elsewhere.
  private func send(_ reply: BulkReply, to request: IncomingRequest) async {
    do {
      try await request.reply(
        NNGMessage(copying: WireCodec.encode(reply)),
        timeout: configuration.replyTimeout
      )
    } catch {
      logger.debug("cannot reply", metadata: ["error": "\(error)"])
    }
  }

  /// Answers transfers that have waited for memory.
  func answer(_ admissions: HubState.Admissions, in group: inout DiscardingTaskGroup) {
    for entry in admissions.admitted {
      group.addTask {
        let waiting = entry.transfer
        let reply = self.allocate(entry.lease, waiting.coding, frameBytes: waiting.frameBytes)
        await self.send(reply, to: waiting.request)
      }
    }
    for waiting in admissions.superseded {
      group.addTask { await self.send(.superseded, to: waiting.request) }
    }
    for waiting in admissions.expired {
      group.addTask { await self.send(self.deferred, to: waiting.request) }
    }
  }

  private var deferred: BulkReply {
    .deferred(configuration.deferral)
  }

  /// Decides what a request is told, nil when it waits for memory; `receiver` becomes the transfer that has
  /// taken in a frame.
  private func answerBulk(
    _ request: IncomingRequest,
    receiver: inout ChunkTransfer?
  ) -> BulkReply? {
    do throws(WireError) {
      return try request.withBytes { message throws(WireError) in
        let limits = FrameLimits(
          frameBytes: configuration.maximumFrameBytes,
          chunkBytes: configuration.maximumChunkBytes
        )
        let header = try FrameHeader(reading: message, limits: limits)
        let body = FrameHeader.body(of: message)
        if header.kind == .frame { return store(header, message, receiver: &receiver) }
        try header.checkBody(of: message)
        return header.kind == .begin
          ? begin(header, try WireCodec.begin(from: body), request)
          : end(header, body)
      }
    } catch .headerDamaged, .notAFrame, .payloadDamaged {
      logger.warning("a message arrived damaged")
      return .corrupt
    } catch {
      logger.warning("refused a message", metadata: ["reason": "\(error)"])
      return .refused(error.description)
    }
  }

  // MARK: Begin

  private func begin(
    _ header: FrameHeader,
    _ body: BeginRequest,
    _ request: IncomingRequest
  ) -> BulkReply? {
    let token = LeaseToken(rawValue: header.token)
    let now = self.now
    let frameBytes = body.frameBytes
    let decision: HubState.BeginDecision? = withState { state in
      guard let session = state.sessions[WorkerID(rawValue: body.session)] else { return nil }
      // A worker sends for its own leases only.
      guard state.scheduler.lease(token)?.worker == session.id else { return .superseded }
      guard WireProtocol.agreedFrameBytes(frameBytes, configuration.maximumFrameBytes) == frameBytes else {
        let problem =
          "frames of \(frameBytes) bytes are outside of what was agreed, at most \(configuration.maximumFrameBytes)"
        state.fail(token, because: problem, at: now)
        return .refused(problem)
      }
      let decision = state.begin(
        token,
        job: JobID(rawValue: header.job),
        chunk: Int(header.chunk),
        byteCount: Int(clamping: header.total),
        frameBytes: frameBytes,
        at: now
      )
      if case .wait(let coding) = decision {
        state.admissions.wait(
          token,
          // Coded bytes, too, take the memory of the plain ones, and a summary its own.
          byteCount: coding.byteCount,
          request: HubState.WaitingTransfer(request: request, coding: coding, frameBytes: frameBytes),
          until: now.advanced(by: configuration.admissionWait)
        )
      }
      return decision
    }
    switch decision {
    case nil: return .reregister
    case .superseded: return .superseded
    case .refused(let reason): return .refused(reason)
    case .wait: return nil
    case .resume(let receivedBytes): return .granted(receivedBytes: receivedBytes)
    case .allocate(let lease, let coding):
      return allocate(lease, coding, frameBytes: frameBytes)
    }
  }

  /// Gets the memory of an admitted transfer, outside of the lock as the system may be slow to give it.
  private func allocate(_ lease: Lease, _ coding: KVCoding, frameBytes: Int) -> BulkReply {
    let byteCount = coding.byteCount
    let transfer: ChunkTransfer
    do {
      transfer = ChunkTransfer(
        lease: lease,
        coding: coding,
        buffer: try blocks.block(byteCount: byteCount),
        frameBytes: frameBytes
      )
    } catch {
      logger.error("no memory for a transfer", metadata: ["bytes": "\(byteCount)"])
      withState { $0.release(byteCount) }
      return deferred
    }
    let now = self.now
    let isValid = withState { $0.install(transfer, at: now) }
    return isValid ? .granted(receivedBytes: 0) : .superseded
  }

  // MARK: Frames

  private func store(
    _ header: FrameHeader,
    _ message: UnsafeRawBufferPointer,
    receiver: inout ChunkTransfer?
  ) -> BulkReply {
    guard let transfer = transfer(header) else { return .superseded }
    let payload = FrameHeader.body(of: message)
    switch transfer.store(payload, offset: Int(clamping: header.offset), checksum: header.checksum) {
    case .closed:
      return .superseded
    case .damaged(let isFault):
      return again(header, of: transfer, isFault: isFault)
    case .misplaced:
      return refuse(
        transfer,
        "a frame of \(payload.count) bytes at offset \(header.offset) has no place among \(transfer.coding.codedByteCount) bytes in frames of \(transfer.frameBytes)"
      )
    case .conflict:
      return refuse(transfer, "the frame at offset \(header.offset) differs from the one that came before")
    case .stored(let receivedBytes):
      let now = self.now
      let isValid = withState {
        $0.received(receivedBytes, frame: payload.count, of: transfer, at: now)
      }
      guard isValid else { return .superseded }
      receiver = transfer
      return .accepted
    }
  }

  /// Asks for a frame again, or gives the transfer up after too many damaged ones.
  private func again(
    _ header: FrameHeader,
    of transfer: ChunkTransfer,
    isFault: Bool
  ) -> BulkReply {
    if isFault {
      damagedFrameCount.add(1, ordering: .relaxed)
      let count = transfer.noteBadFrame()
      logger.warning(
        "a frame arrived damaged",
        metadata: ["chunk": "\(header.chunk)", "offset": "\(header.offset)", "count": "\(count)"]
      )
      guard count < Self.tolerableBadFrames else {
        return refuse(transfer, "\(count) frames arrived damaged")
      }
    }
    return .corrupt
  }

  // MARK: End

  private func end(_ header: FrameHeader, _ bytes: UnsafeRawBufferPointer) -> BulkReply {
    guard let transfer = transfer(header) else { return .superseded }
    let body: EndRequest
    do throws(WireError) {
      body = try WireCodec.end(from: bytes)
    } catch {
      return refuse(transfer, error.description)
    }
    switch transfer.seal(digest: body.frameDigest) {
    case .closed:
      return .superseded
    case .incomplete(let offset):
      return .incomplete(missingOffset: offset)
    case .mismatch:
      return refuse(transfer, "the digest over the frames of chunk \(header.chunk) is not the worker's")
    case .complete:
      let timing = HubState.Timing(compute: body.computeSeconds, wire: body.wireSeconds)
      let end = self.now
      transfer.decodeRest()
      let now = self.now
      let isCommitted = withState {
        $0.commit(transfer, timing: timing, sinkDigest: body.sinkDigest, endedAt: end, at: now)
      }
      return isCommitted ? .committed : .superseded
    }
  }

  private func transfer(_ header: FrameHeader) -> ChunkTransfer? {
    let transfer = withState { $0.transfers[LeaseToken(rawValue: header.token)] }
    guard let transfer, transfer.lease.job.rawValue == header.job, transfer.lease.chunk == Int(header.chunk)
    else {
      return nil
    }
    return transfer
  }

  private func refuse(_ transfer: ChunkTransfer, _ reason: String) -> BulkReply {
    let now = self.now
    withState { $0.fail(transfer.lease.token, because: reason, at: now) }
    logger.warning(
      "refused a transfer",
      metadata: ["chunk": "\(transfer.lease.chunk)", "reason": "\(reason)"]
    )
    return .refused(reason)
  }
}
