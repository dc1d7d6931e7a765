internal import Memory
internal import NNG
internal import Scheduling
internal import Wire

/// The sender of one chunk's bytes, while they are being computed.
struct ChunkSender: Sendable {
  /// The outcome of a transfer.
  enum Outcome: Hashable, Sendable {
    /// The coordinator has stored the chunk.
    case committed
    /// The lease is over, for this or the other side; there is nothing to report.
    case superseded
    /// The coordinator refused the chunk, for this reason.
    case refused(String)
    /// The lease has failed, for this reason, which must be reported to the coordinator.
    case failed(String)
  }

  private enum Answer: Sendable {
    case reply(offset: Int, checksum: UInt32, BulkReply)
    /// No answer, or one that cannot be read.
    case noReply(offset: Int, reason: String)
  }

  let run: LeaseRun
  let link: BulkLink
  let session: UInt64
  let frameBytes: Int
  let timing: WorkerConfiguration.Timing

  /// Sends everything, begins again after a broken connection, and ends the transfer.
  func send() async -> Outcome {
    let total = run.coding.codedByteCount
    var transfer = TransferState(
      total: total,
      frameBytes: frameBytes,
      window: ClusterFigures.usual.framesUnderWay
    )
    var checksums = [UInt32](repeating: 0, count: transfer.frameCount)
    var backoff = Backoff(first: timing.firstPause, limit: timing.longestPause)
    var generator = SystemRandomNumberGenerator()
    var failures = 0
    var receivedBefore = 0

    // The coordinator reserves memory from `begin` on, so that is sent only with the first bytes.
    await run.watermark.wait(forBytes: 1)
    while true {
      if let end = earlyEnd { return end }
      let problem: String
      switch await begin() {
      case .granted(let received):
        // Failures count from the latest progress, so that a long transfer survives a connection that breaks
        // now and then.
        if received > receivedBefore {
          (receivedBefore, failures) = (received, 0)
          backoff.reset()
        }
        switch await sendFrames(&transfer, &checksums) {
        case .outcome(let outcome): return outcome
        case .interrupted(let reason): problem = reason
        }
      case .deferred(let pause):
        try? await Task.sleep(for: pause)
        continue
      case .outcome(let outcome): return outcome
      case .interrupted(let reason): problem = reason
      }
      failures += 1
      guard failures < timing.transferAttempts else { return .failed("the transfer broke off: \(problem)") }
      try? await Task.sleep(for: backoff.next(using: &generator))
    }
  }

  /// The outcome if the lease or the session is over or the computation has failed, nil otherwise.
  private var earlyEnd: Outcome? {
    switch run.watermark.progress.phase {
    case .computing, .finished: Task.isCancelled ? .superseded : nil
    case .cancelled: .superseded
    case .failed(let reason): .failed(reason)
    }
  }

  // MARK: Begin

  private enum Beginning {
    /// It may go on; the coordinator has this many bytes.
    case granted(Int)
    case deferred(Duration)
    case outcome(Outcome)
    case interrupted(String)
  }

  private func begin() async -> Beginning {
    let request = BeginRequest(session: session, frameBytes: frameBytes)
    let reply: BulkReply
    do {
      reply = try await ask(.begin, WireCodec.encode(request))
    } catch {
      return .interrupted("\(error)")
    }
    switch reply {
    case .granted(let receivedBytes): return .granted(receivedBytes)
    // Bounded on both sides: neither a busy loop nor a forgotten transfer.
    case .deferred(let delay): return .deferred(max(.milliseconds(5), min(delay, .seconds(2))))
    case .superseded, .reregister: return .outcome(.superseded)
    case .refused(let reason): return .outcome(.refused(reason))
    default: return .interrupted("an unexpected answer to begin")
    }
  }

  // MARK: Frames and end

  private enum Progress {
    case outcome(Outcome)
    case interrupted(String)
  }

  private func sendFrames(
    _ transfer: inout TransferState,
    _ checksums: inout [UInt32]
  ) async -> Progress {
    var damaged = 0
    return await withTaskGroup(of: Answer.self) { group in
      /// Handles one answer; returns nil to go on.
      func takeAnswer(_ transfer: inout TransferState) async -> Progress? {
        switch await group.next() {
        case nil: return nil
        case .reply(let offset, let checksum, .accepted):
          transfer.accepted()
          checksums[offset / transfer.frameBytes] = checksum
          return nil
        case .reply(let offset, _, .corrupt):
          transfer.lost(offset: offset)
          damaged += 1
          return damaged > 16 ? .outcome(.failed("frames arrive damaged again and again")) : nil
        case .reply(let offset, _, .superseded), .reply(let offset, _, .reregister):
          transfer.lost(offset: offset)
          return .outcome(.superseded)
        case .reply(let offset, _, .refused(let reason)):
          transfer.lost(offset: offset)
          return .outcome(.refused(reason))
        case .reply(let offset, _, _):
          transfer.lost(offset: offset)
          return .interrupted("an unexpected answer to a frame")
        case .noReply(let offset, let reason):
          transfer.lost(offset: offset)
          return .interrupted(reason)
        }
      }
      /// Waits for the answers under way, so that the transfer can begin again.
      func drained(_ progress: Progress, _ transfer: inout TransferState) async -> Progress {
        var progress = progress
        while transfer.underWay > 0 {
          if case .outcome(let outcome)? = await takeAnswer(&transfer) { progress = .outcome(outcome) }
        }
        return progress
      }

      while true {
        if let end = earlyEnd { return await drained(.outcome(end), &transfer) }
        switch transfer.next(ready: run.watermark.progress.ready) {
        case .send(let offset, let length):
          group.addTask { await sendFrame(offset: offset, length: length) }
        case .waitForBytes where transfer.underWay > 0, .waitForAnswer:
          if let progress = await takeAnswer(&transfer) { return await drained(progress, &transfer) }
        case .waitForBytes(let count):
          await run.watermark.wait(forBytes: count)
        case .end:
          if let progress = await end(&transfer, checksums) { return progress }
        }
      }
    }
  }

  private func sendFrame(offset: Int, length: Int) async -> Answer {
    do {
      var message = try NNGMessage(byteCount: FrameHeader.byteCount + length)
      let checksum = message.withMutableBytes { bytes in
        let payload = UnsafeRawBufferPointer(rebasing: run.buffer.bytes[offset..<offset + length])
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[FrameHeader.byteCount...])
        let checksum = Checksum.crc32c(payload, copyingTo: room) ?? 0
        header(.frame, offset: offset, length: length, checksum: checksum).write(to: bytes)
        return checksum
      }
      return .reply(offset: offset, checksum: checksum, try await link.ask(message))
    } catch {
      return .noReply(offset: offset, reason: "\(error)")
    }
  }

  /// Ends the transfer; returns nil to go on with a missing frame.
  private func end(
    _ transfer: inout TransferState,
    _ checksums: [UInt32]
  ) async -> Progress? {
    // Every byte is final, so the report is there or about to come.
    await run.watermark.wait(forBytes: .max)
    guard case .finished(let report) = run.watermark.progress.phase else {
      return .outcome(earlyEnd ?? .superseded)
    }
    var digest = FrameDigest()
    for (index, checksum) in checksums.enumerated() {
      let offset = index * transfer.frameBytes
      digest.add(offset: UInt64(offset), length: UInt32(transfer.length(at: offset)), checksum: checksum)
    }
    // What was sent while the lane still computed cost no time.
    let elapsed = ContinuousClock.now - (run.watermark.finishedAt ?? .now)
    let request = EndRequest(
      frameDigest: digest.value,
      computeSeconds: report.computeSeconds,
      wireSeconds: max(0, elapsed / .seconds(1)),
      sinkDigest: report.sinkDigest
    )
    let reply: BulkReply
    do {
      reply = try await ask(.end, WireCodec.encode(request))
    } catch {
      return .interrupted("\(error)")
    }
    switch reply {
    case .committed: return .outcome(.committed)
    case .incomplete(let missing):
      let isKnown = transfer.missing(offset: missing)
      return isKnown ? nil : .outcome(.failed("the coordinator lacks a frame that does not exist"))
    case .superseded, .reregister: return .outcome(.superseded)
    case .refused(let reason): return .outcome(.refused(reason))
    default: return .interrupted("an unexpected answer to end")
    }
  }

  // MARK: Messages

  private func header(_ kind: FrameKind, offset: Int = 0, length: Int, checksum: UInt32) -> FrameHeader {
    FrameHeader(
      kind: kind,
      job: run.grant.job,
      chunk: UInt32(clamping: run.grant.chunkIndex),
      token: run.grant.token,
      offset: UInt64(offset),
      total: UInt64(run.coding.codedByteCount),
      length: UInt32(length),
      checksum: checksum
    )
  }

  private func ask(_ kind: FrameKind, _ body: [UInt8]) async throws -> BulkReply {
    var message = try NNGMessage(byteCount: FrameHeader.byteCount + body.count)
    let checksum = body.withUnsafeBytes { Checksum.crc32c($0) }
    let header = header(kind, length: body.count, checksum: checksum)
    message.withMutableBytes { bytes in
      header.write(to: bytes)
      bytes[FrameHeader.byteCount...].copyBytes(from: body)
    }
    return try await link.ask(message)
  }
}
