internal import Logging
internal import NNG
internal import Wire

/// One registration: the lanes at work for it, until the coordinator is lost or the worker is to leave.
struct WorkerSession: Sendable {
  /// How a session ended.
  enum End: Hashable, Sendable {
    /// Everything taken on is finished, and nothing more is wanted.
    case drained
    /// The coordinator is gone or has forgotten this worker, for this reason; register again.
    case lost(String)
  }

  let id: UInt64
  let control: ControlLink
  let bulk: RequestSocket
  let frameBytes: Int
  let heartbeatPeriod: Duration
  let configuration: WorkerConfiguration
  /// Raised when the worker itself is to end.
  let leaving: Signal
  let logger: Logger
  /// Raised when no more leases are to be taken, because of the worker or of the coordinator.
  private let drain = Signal()
  private let running = RunningLeases()

  init(
    registered: Registered,
    frameBytes: Int,
    control: ControlLink,
    bulk: RequestSocket,
    configuration: WorkerConfiguration,
    leaving: Signal,
    logger: Logger
  ) {
    self.id = registered.session
    self.control = control
    self.bulk = bulk
    self.frameBytes = frameBytes
    // Bounded, so that a wrong number makes neither a storm nor a silent worker.
    self.heartbeatPeriod = .milliseconds(max(20, min(Int(registered.heartbeatMs), 10_000)))
    self.configuration = configuration
    self.leaving = leaving
    self.logger = logger
  }

  /// Works until the session is over; when the task is cancelled everything is dropped.
  func serve(_ lanes: [Lane]) async -> End {
    await withTaskGroup(of: End?.self) { group in
      group.addTask { await beat() }
      group.addTask {
        await leaving.wait()
        drain.raise()
        return nil
      }
      for lane in lanes {
        group.addTask { await serve(lane) }
      }
      var drained = 0
      var end = End.drained
      for await case let result? in group {
        if result == .drained {
          drained += 1
          guard drained == lanes.count else { continue }
        } else {
          end = result
        }
        break
      }
      running.cancelAll()
      group.cancelAll()
      return end
    }
  }

  /// Says goodbye, so that the coordinator need not wait for the silence.
  func leave() async {
    var request = ByeRequest()
    request.session = id
    do {
      _ = try await control.ask(.bye(request), timeout: min(configuration.timing.requestTimeout, .seconds(2)))
    } catch {
      logger.debug("no answer to goodbye", metadata: ["reason": "\(error)"])
    }
  }

  // MARK: Heartbeats

  private func beat() async -> End {
    var misses = 0
    while true {
      do {
        try await Task.sleep(for: heartbeatPeriod)
        var request = HeartbeatRequest()
        request.session = id
        request.running = running.reports
        request.draining = drain.isRaised
        let timeout = max(heartbeatPeriod * 2, .milliseconds(500))
        if let end = follow(try await control.ask(.heartbeat(request), timeout: timeout)) { return end }
        misses = 0
      } catch is CancellationError {
        return .lost("cancelled")
      } catch {
        misses += 1
        if misses >= 3 || (error as? NNGError)?.code == .peerLost { return .lost("\(error)") }
      }
    }
  }

  /// Does what an answer to a heartbeat or a failure asks for.
  private func follow(_ reply: ControlReply.OneOf_Body) -> End? {
    switch reply {
    case .directives(let directives):
      running.cancel(directives.cancelled)
      if directives.drain { drain.raise() }
      return nil
    case .reregister: return .lost("the coordinator does not know this session")
    default: return nil
    }
  }

  // MARK: Lanes

  /// Takes leases, computes each on the lane, and sends it beside the next computation.
  private func serve(_ lane: Lane) async -> End {
    await withTaskGroup(of: Int.self) { senders in
      var freeSlots = Array(0..<Lane.slots)
      while true {
        if freeSlots.isEmpty, let slot = await senders.next() { freeSlots.append(slot) }
        guard let slot = freeSlots.popLast() else { return .drained }
        switch await nextLease() {
        case .end(let end):
          if case .lost = end { running.cancelAll() }
          return end
        case .grant(let grant):
          guard let run = await start(grant, lane, slot) else {
            freeSlots.append(slot)
            continue
          }
          senders.addTask {
            await deliver(run)
            return slot
          }
          await withTaskCancellationHandler {
            await lane.encode(run)
          } onCancel: {
            run.watermark.cancel()
          }
        }
      }
    }
  }

  private enum Next {
    case grant(LeaseGrant)
    case end(End)
  }

  private func nextLease() async -> Next {
    var request = LeaseRequest()
    request.session = id
    request.freeLanes = 1
    let wait = configuration.timing.leaseWait
    request.waitMs = UInt32(max(0, min(wait / .milliseconds(1), 3_600_000)))
    let body = ControlRequest.OneOf_Body.lease(request)
    while true {
      let asked = ContinuousClock.now
      do {
        let reply = try await drain.orElse {
          try await control.ask(body, timeout: wait + configuration.timing.requestTimeout)
        }
        switch reply {
        case nil: return .end(.drained)
        case .lease(let answer)?:
          switch answer.body {
          case .lease(let grant): return .grant(grant)
          case .drain:
            drain.raise()
            return .end(.drained)
          default: break
          }
        case .reregister?: return .end(.lost("the coordinator does not know this session"))
        default: break
        }
      } catch let error as NNGError where error.code == .timedOut {
        // The heartbeats will tell whether the coordinator lives.
      } catch {
        return .end(.lost(Task.isCancelled ? "cancelled" : "\(error)"))
      }
      // An answer at once that holds no lease must not make a storm of questions.
      if ContinuousClock.now - asked < .milliseconds(50) { await drain.sleep(for: .milliseconds(50)) }
      if Task.isCancelled { return .end(.lost("cancelled")) }
    }
  }

  /// Checks a lease and finds memory for it; nil when the coordinator has been told that it cannot be.
  private func start(_ grant: LeaseGrant, _ lane: Lane, _ slot: Int) async -> LeaseRun? {
    do {
      let elementBytes = configuration.identity.kvType.elementBytes ?? 0
      try grant.check(shape: configuration.identity.shape, elementBytes: elementBytes)
      guard grant.kvByteCount <= UInt64(configuration.maximumChunkBytes) else {
        throw WireError.outOfRange(
          field: "bytes of a chunk's KV cache",
          value: grant.kvByteCount,
          limit: UInt64(configuration.maximumChunkBytes)
        )
      }
      let buffer = try await lane.buffer(slot: slot, byteCount: Int(grant.kvByteCount))
      let run = LeaseRun(grant: grant, buffer: buffer)
      running.insert(run)
      return run
    } catch {
      await report(grant, failure: "\(error)")
      return nil
    }
  }

  private func deliver(_ run: LeaseRun) async {
    let sender = ChunkSender(
      run: run,
      socket: bulk,
      session: id,
      frameBytes: frameBytes,
      timing: configuration.timing
    )
    let outcome = await sender.send()
    // The lane may still be computing what nobody wants.
    if outcome != .committed { run.watermark.cancel() }
    running.remove(run)
    let metadata: Logger.Metadata = [
      "job": "\(String(run.grant.job, radix: 16))", "chunk": "\(run.grant.chunkIndex)",
      "lease": "\(run.grant.token)",
    ]
    switch outcome {
    case .committed: logger.debug("chunk delivered", metadata: metadata)
    case .superseded: logger.debug("lease is over, dropped", metadata: metadata)
    case .refused(let reason): logger.warning("chunk refused: \(reason)", metadata: metadata)
    case .failed(let reason):
      logger.warning("chunk failed: \(reason)", metadata: metadata)
      await report(run.grant, failure: reason)
    }
  }

  private func report(_ grant: LeaseGrant, failure reason: String) async {
    var request = FailRequest()
    request.session = id
    request.token = grant.token
    request.reason = WireCodec.shortened(reason)
    do {
      // Lost requests are made good by the lease's deadline.
      _ = follow(try await control.ask(.fail(request), timeout: configuration.timing.requestTimeout))
    } catch {
      logger.debug("a failure could not be reported", metadata: ["reason": "\(error)"])
    }
  }
}
