internal import KVFormat
internal import Logging
internal import NNG
internal import Scheduling
internal import Synchronization
internal import Wire

extension WorkerHub {
  /// Answers one request after another until the task is cancelled. A poll that has to wait leaves the loop
  /// free.
  func serveControl() async -> Bool {
    await serve(ports.control) { request in
      await self.answer(request)
    }
  }

  /// Hands requests of a socket to a closure, one at a time.
  func serve(_ socket: ReplySocket, _ handle: (IncomingRequest) async -> Void) async -> Bool {
    while !Task.isCancelled {
      do {
        await handle(try await socket.receive())
      } catch is CancellationError {
        break
      } catch let error as NNGError where error.code == .closed {
        break
      } catch {
        logger.error("cannot receive", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: .milliseconds(100))
      }
    }
    return false
  }

  /// Answers a request that asks for nothing else.
  func answerProbe(_ request: IncomingRequest) async {
    do {
      try await request.reply(NNGMessage(byteCount: 0), timeout: configuration.replyTimeout)
    } catch {
      logger.debug("cannot reply", metadata: ["error": "\(error)"])
    }
  }

  /// Sends a reply; a peer that is gone is noticed elsewhere.
  ///
  /// - Parameters:
  ///   - reply: What it is told; made here, so that making it is counted.
  ///   - request: The request.
  ///   - lease: For a lease, since when its worker could have had it, and how long deciding has taken.
  func send(
    _ reply: @autoclosure () -> CoordinatorReply,
    to request: IncomingRequest,
    lease: (since: Instant, decision: Duration)? = nil
  ) async {
    let start = now
    do {
      let message = try NNGMessage(copying: WireCodec.encode(reply()))
      if let lease {
        let end = now
        leaseLatencyCounts.withLock { latencies in
          latencies.service.add(lease.decision + start.duration(to: end))
          latencies.wait.add(lease.since.duration(to: end))
        }
      }
      try await request.reply(message, timeout: configuration.replyTimeout)
    } catch {
      logger.debug("cannot reply", metadata: ["error": "\(error)"])
    }
  }

  /// Answers a poll.
  ///
  /// - Parameters:
  ///   - answer: What it is told.
  ///   - request: The request.
  ///   - decision: How long deciding it has taken.
  func send(_ answer: HubState.PollAnswer, to request: IncomingRequest, decision: Duration) async {
    if case .granted(_, _, _, let since) = answer {
      await send(reply(to: answer), to: request, lease: (since, decision))
    } else {
      await send(reply(to: answer), to: request)
    }
  }

  /// Answers a request, unless it waits for work.
  private func answer(_ request: IncomingRequest) async {
    // Whoever wants to know only whether this side answers sends nothing.
    guard request.byteCount > 0 else { return await answerProbe(request) }
    let body: WorkerRequest
    do {
      body = try request.withBytes { bytes throws(WireError) in try WireCodec.request(from: bytes) }
    } catch {
      logger.warning("refused a request", metadata: ["reason": "\(error)"])
      let code: Refusal.Code = if case .protocolVersion = error { .protocolVersion } else { .malformed }
      return await send(.refused(Refusal(code, error.description)), to: request)
    }
    let pipe = request.pipe
    switch body {
    case .lease(let body):
      let start = now
      guard let answer = lease(body, request) else { return }
      await send(answer, to: request, decision: start.duration(to: now))
    case .register(let body): await send(register(body, over: pipe), to: request)
    case .heartbeat(let body): await send(heartbeat(body, over: pipe), to: request)
    case .fail(let body): await send(fail(body, over: pipe), to: request)
    case .bye(let body): await send(bye(body, over: pipe), to: request)
    }
  }

  private func register(_ body: RegisterRequest, over pipe: PipeID) -> CoordinatorReply {
    if let refusal = configuration.refusal(of: body) {
      logger.warning(
        "refused a worker",
        metadata: ["name": "\(body.name.shortened())", "reason": "\(refusal.message)"]
      )
      return .refused(refusal)
    }
    let address = ports.peerAddress(of: pipe) ?? ""
    let registration = WorkerSession.Registration(
      name: body.name.shortened(),
      incarnation: body.incarnation,
      lanes: body.lanes,
      compute: body.compute.rawValue,
      isReplay: body.isReplay,
      codecs: body.codecs
    )
    let now = self.now
    let session: WorkerSession? = withState { state in
      guard !state.isDraining else { return nil }
      return state.register(registration, over: pipe, address: address, at: now)
    }
    guard let session else {
      return .refused(Refusal(.overloaded, "the coordinator is shutting down; try again later"))
    }
    // The connection may have gone before the session came to be, and nobody would tell of it again.
    if !ports.control.pipes.contains(pipe) { _ = withState { $0.lost(pipe, at: now) } }
    logger.info("a worker registered", metadata: session.metadata)
    return .registered(
      Registered(
        session: session.id.rawValue,
        heartbeatPeriod: configuration.policy.heartbeatPeriod,
        maxFrameBytes: configuration.agreedFrameBytes(with: body) ?? 0,
        bulkPort: ports.bulkPort
      )
    )
  }

  /// What a worker that asks for a chunk is told; nil when it waits.
  private func lease(_ body: LeaseRequest, _ request: IncomingRequest) -> HubState.PollAnswer? {
    let arrival = instant(of: request.arrival)
    let now = self.now
    let wait = min(body.wait, configuration.longestPoll)
    return withState { state in
      guard let session = state.session(body.session, over: request.pipe) else { return .register }
      let deadline = now.advanced(by: wait)
      return state.poll(request, session: session, arrival: arrival, until: deadline, at: now)
    }
  }

  private func heartbeat(_ body: HeartbeatRequest, over pipe: PipeID) -> CoordinatorReply {
    let running = body.running.map {
      (token: LeaseToken(rawValue: $0.token), bytesReady: $0.bytesReady)
    }
    return directives(body.session, over: pipe) { state, session, now in
      if body.draining, !session.isDraining { state.drain(session.id) }
      return state.heard(from: session, running: running, at: now)
    }
  }

  private func fail(_ body: FailRequest, over pipe: PipeID) -> CoordinatorReply {
    let token = LeaseToken(rawValue: body.token)
    let reason = body.reason.shortened()
    return directives(body.session, over: pipe) { state, session, now in
      // A worker gives up its own leases only.
      if state.scheduler.lease(token)?.worker == session.id { state.fail(token, because: reason, at: now) }
      return state.heard(from: session, running: [], at: now)
    }
  }

  private func directives(
    _ number: UInt64,
    over pipe: PipeID,
    _ change: (inout HubState, WorkerSession, Instant) -> [LeaseToken]?
  ) -> CoordinatorReply {
    let now = self.now
    let answer: (dropped: [LeaseToken], isDraining: Bool)? = withState { state in
      guard let session = state.session(number, over: pipe), let dropped = change(&state, session, now) else {
        return nil
      }
      return (dropped, state.isDraining)
    }
    guard let answer else { return .reregister }
    return .directives(Directives(cancelled: answer.dropped.map(\.rawValue), drain: answer.isDraining))
  }

  private func bye(_ body: ByeRequest, over pipe: PipeID) -> CoordinatorReply {
    let now = self.now
    let session: WorkerSession? = withState { state in
      guard let session = state.session(body.session, over: pipe) else { return nil }
      state.remove(session.id, as: .left, at: now)
      return session
    }
    if let session { logger.info("a worker left", metadata: session.metadata) }
    return .bye
  }

  private func reply(to answer: HubState.PollAnswer) -> CoordinatorReply {
    switch answer {
    case .register: .reregister
    case .none: .lease(.nothing)
    case .drain: .lease(.drain)
    case .granted(let lease, let job, let codec, _): .lease(.granted(LeaseGrant(lease, of: job, in: codec)))
    }
  }
}

extension LeaseGrant {
  fileprivate init(_ lease: Lease, of job: HubJob, in codec: KVCodec) {
    let lead = job.lead(ofChunk: lease.chunk)
    self.init(
      job: lease.job.rawValue,
      chunkIndex: lease.chunk,
      token: lease.token.rawValue,
      sinkTokens: job.sinkTokens,
      leadTokens: lead,
      chunkTokens: job.chunks[lease.chunk],
      // Chunks are stored at local positions, right after what they are read after.
      positionBase: job.sinkTokens.count + lead.count,
      kvByteCount: job.byteCount(ofChunk: lease.chunk) ?? 0,
      codec: codec,
      summary: job.summary,
      summaryByteCount: job.summaryByteCount(ofChunk: lease.chunk)
    )
  }
}

extension WorkerSession {
  /// Who this is, for the log.
  var metadata: Logger.Metadata {
    [
      "worker": "\(label)", "name": "\(registration.name)", "address": "\(address)",
      "lanes": "\(registration.lanes)\(registration.isReplay ? " (REPLAY)" : "")",
    ]
  }
}

extension String {
  /// The text without control characters, cut to a length: what a peer sends goes into logs and events.
  func shortened(to limit: Int = 200) -> String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.prefix(limit).filter { $0.properties.generalCategory != .control }
      )
    )
  }
}
