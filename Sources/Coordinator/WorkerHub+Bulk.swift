internal import Cluster
internal import Gate
internal import Logging
internal import NNG
internal import Scheduling
internal import Synchronization
internal import Wire

extension WorkerHub {
  /// The number of damaged frames at which a transfer is given up.
  private static let tolerableBadFrames = 8

  /// The outcome of a request on the bulk socket.
  private enum Outcome {
    /// The reply to a request that was not reported to the cluster.
    case answered(BulkReply)
    /// The actions of the cluster's decision.
    case decided([HubTables.Action])
    /// The same, after a frame of this transfer.
    case stored([HubTables.Action], ChunkTransfer)
  }

  /// Answers one bulk request after another until the task is cancelled.
  func serveBulk() async -> Bool {
    await serve(ports.bulk) { request in
      if request.withBytes({ $0.elementsEqual(Purpose.bulk.probe) }) {
        return await self.answerProbe(request)
      }
      switch self.receive(request) {
      case .answered(let reply): await self.send(reply, to: request)
      case .decided(let actions): await self.perform(actions)
      case .stored(let actions, let transfer):
        await self.perform(actions)
        // After the reply, so that the worker sends on meanwhile.
        transfer.decodeReceived()
      }
    }
  }

  private func receive(_ request: IncomingRequest) -> Outcome {
    do throws(WireError) {
      return try request.withBytes { message throws(WireError) in
        let limits = FrameLimits(
          frameBytes: configuration.maximumFrameBytes,
          chunkBytes: configuration.maximumChunkBytes
        )
        let header = try FrameHeader(reading: message, limits: limits)
        let body = FrameHeader.body(of: message)
        if header.kind == .frame { return store(header, body, request) }
        try header.checkBody(of: message)
        return header.kind == .begin
          ? begin(header, try WireCodec.begin(from: body), request)
          : end(header, body, request)
      }
    } catch {
      switch error.code {
      case .headerDamaged, .notAFrame, .payloadDamaged:
        logger.warning("a message arrived damaged")
        return .answered(.corrupt)
      default:
        logger.warning("refused a message", metadata: ["reason": "\(error)"])
        return .answered(.refused(error.message))
      }
    }
  }

  private func begin(_ header: FrameHeader, _ body: BeginRequest, _ request: IncomingRequest) -> Outcome {
    let announcement = HubTables.Cluster.Announcement(
      session: body.session,
      token: LeaseToken(rawValue: header.token),
      job: JobID(rawValue: header.job),
      chunk: Int(header.chunk),
      byteCount: Int(clamping: header.total),
      frameBytes: body.frameBytes
    )
    return .decided(report { $0.announced(announcement, by: .bulk(request), at: $1) })
  }

  // MARK: Frames

  private func store(
    _ header: FrameHeader,
    _ payload: UnsafeRawBufferPointer,
    _ request: IncomingRequest
  ) -> Outcome {
    guard let transfer = transfer(header) else { return .answered(.superseded) }
    let token = transfer.lease.token
    switch transfer.store(payload, offset: Int(clamping: header.offset), checksum: header.checksum) {
    case .closed:
      return .answered(.superseded)
    case .damaged(let isFault):
      return again(header, of: transfer, isFault: isFault, request)
    case .misplaced:
      return refuse(
        transfer,
        "a frame of \(payload.count) bytes at offset \(header.offset) has no place among "
          + "\(transfer.coding.codedByteCount) bytes in frames of \(transfer.frameBytes)",
        request
      )
    case .conflict:
      return refuse(
        transfer,
        "the frame at offset \(header.offset) differs from the one that came before",
        request
      )
    case .stored(let receivedBytes):
      let actions = report {
        $0.stored(token, frameBytes: payload.count, receivedBytes: receivedBytes, by: .bulk(request), at: $1)
      }
      return .stored(actions, transfer)
    }
  }

  /// Asks for a frame again, or fails the transfer after too many damaged ones.
  private func again(
    _ header: FrameHeader,
    of transfer: ChunkTransfer,
    isFault: Bool,
    _ request: IncomingRequest
  ) -> Outcome {
    if isFault {
      damagedFrameCount.add(1, ordering: .relaxed)
      let count = transfer.noteBadFrame()
      logger.warning(
        "a frame arrived damaged",
        metadata: ["chunk": "\(header.chunk)", "offset": "\(header.offset)", "count": "\(count)"]
      )
      guard count < Self.tolerableBadFrames else {
        return refuse(transfer, "\(count) frames arrived damaged", request)
      }
    }
    return .answered(.corrupt)
  }

  // MARK: End

  private func end(
    _ header: FrameHeader,
    _ bytes: UnsafeRawBufferPointer,
    _ request: IncomingRequest
  ) -> Outcome {
    guard let transfer = transfer(header) else { return .answered(.superseded) }
    let body: EndRequest
    do throws(WireError) {
      body = try WireCodec.end(from: bytes)
    } catch {
      return refuse(transfer, error.message, request)
    }
    switch transfer.seal(digest: body.frameDigest) {
    case .closed:
      return .answered(.superseded)
    case .incomplete(let offset):
      return .answered(.incomplete(missingOffset: offset))
    case .mismatch:
      return refuse(
        transfer,
        "the digest over the frames of chunk \(header.chunk) is not the worker's",
        request
      )
    case .complete:
      let completion = HubTables.Cluster.Completion(
        computeSeconds: body.computeSeconds,
        wireSeconds: body.wireSeconds,
        sinkDigest: body.sinkDigest,
        endedAt: now
      )
      transfer.decodeRest()
      let token = transfer.lease.token
      return .decided(report { $0.completed(token, completion, by: .bulk(request), at: $1) })
    }
  }

  /// Returns the transfer of a message; nil when its lease is over or is not for that chunk.
  private func transfer(_ header: FrameHeader) -> ChunkTransfer? {
    let transfer = withTables { $0.transfers[LeaseToken(rawValue: header.token)] }
    guard let transfer, transfer.lease.job.rawValue == header.job, transfer.lease.chunk == Int(header.chunk)
    else {
      return nil
    }
    return transfer
  }

  private func refuse(_ transfer: ChunkTransfer, _ reason: String, _ request: IncomingRequest) -> Outcome {
    logger.warning(
      "refused a transfer",
      metadata: ["chunk": "\(transfer.lease.chunk)", "reason": "\(reason)"]
    )
    let token = transfer.lease.token
    return .decided(report { $0.failed(token, because: reason, by: .bulk(request), at: $1) })
  }
}
