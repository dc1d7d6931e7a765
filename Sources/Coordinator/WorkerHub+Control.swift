internal import Cluster
internal import KVFormat
internal import Logging
internal import NNG
internal import Scheduling
internal import Wire

extension WorkerHub {
  /// Answers one request after another until the task is cancelled. A poll that has to wait does not hold up
  /// the loop.
  func serveControl() async -> Bool {
    await serve(ports.control) { request in
      await self.answer(request)
    }
  }

  /// Passes the requests of a socket to a closure, one at a time.
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

  /// Answers a request that asks for nothing but an answer.
  func answerProbe(_ request: IncomingRequest) async {
    do {
      try await request.reply(NNGMessage(byteCount: 0), timeout: configuration.replyTimeout)
    } catch {
      logger.debug("cannot reply", metadata: ["error": "\(error)"])
    }
  }

  private func answer(_ request: IncomingRequest) async {
    // An empty message only asks whether this side answers.
    guard request.byteCount > 0 else { return await answerProbe(request) }
    let body: WorkerRequest
    do {
      body = try request.withBytes { bytes throws(WireError) in try WireCodec.request(from: bytes) }
    } catch {
      logger.warning("refused a request", metadata: ["reason": "\(error)"])
      let code: Refusal.Code = error.code == .protocolVersion ? .protocolVersion : .malformed
      return await send(.refused(Refusal(code, error.message)), to: request)
    }
    let start = now
    let actions = decide(body, request)
    await perform(actions, decision: start.duration(to: now))
    // If the connection ended before the session began, its end is not reported again.
    if case .register = body, !ports.control.pipes.contains(request.pipe) {
      note { $0.disconnected(request.pipe, at: $1) }
    }
  }

  /// Reports a request to the cluster.
  private func decide(_ body: WorkerRequest, _ request: IncomingRequest) -> [HubTables.Action] {
    let (pipe, asking) = (request.pipe, HubRequest.control(request))
    switch body {
    case .register(let body): return register(body, request)
    case .lease(let body):
      let arrival = instant(of: request.arrival)
      let wait = min(body.wait, configuration.longestPoll)
      return report { cluster, now in
        let deadline = now.advanced(by: wait)
        return cluster.polled(
          session: body.session,
          arrival: arrival,
          until: deadline,
          by: asking,
          over: pipe,
          at: now
        )
      }
    case .heartbeat(let body):
      return report { cluster, now in
        cluster.heartbeat(
          session: body.session,
          running: body.running.map { (token: LeaseToken(rawValue: $0.token), bytesReady: $0.bytesReady) },
          isDraining: body.draining,
          by: asking,
          over: pipe,
          at: now
        )
      }
    case .fail(let body):
      let (token, reason) = (LeaseToken(rawValue: body.token), body.reason.shortened())
      return report {
        $0.gaveUp(token, because: reason, session: body.session, by: asking, over: pipe, at: $1)
      }
    case .bye(let body): return report { $0.left(session: body.session, by: asking, over: pipe, at: $1) }
    }
  }

  private func register(_ body: RegisterRequest, _ request: IncomingRequest) -> [HubTables.Action] {
    if let refusal = configuration.refusal(of: body) {
      logger.warning(
        "refused a worker",
        metadata: ["name": "\(body.name.shortened())", "reason": "\(refusal.message)"]
      )
      return [.refuse(request, refusal)]
    }
    let strangers = body.identities.count { !configuration.identities.contains($0) }
    if strangers > 0 {
      logger.notice(
        "a worker has models that this coordinator does not serve",
        metadata: ["name": "\(body.name.shortened())", "models": "\(strangers) of \(body.identities.count)"]
      )
    }
    let address = ports.peerAddress(of: request.pipe) ?? ""
    let registration = WorkerRegistration(
      name: body.name.shortened(),
      incarnation: body.incarnation,
      models: configuration.models(of: body),
      lanes: body.lanes,
      compute: body.compute.rawValue,
      isReplay: body.isReplay,
      codecs: Set(body.codecs),
      frameBytes: configuration.agreedFrameBytes(with: body) ?? 0
    )
    return report {
      $0.registered(registration, by: .control(request), over: request.pipe, address: address, at: $1)
    }
  }
}

extension String {
  /// Returns the text without control characters, cut to a length: a peer's text goes into logs and events.
  func shortened(to limit: Int = 200) -> String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.prefix(limit).filter { $0.properties.generalCategory != .control }
      )
    )
  }
}
