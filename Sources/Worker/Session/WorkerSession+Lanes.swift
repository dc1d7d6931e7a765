internal import Logging
internal import NNG
internal import Scheduling
internal import Wire

extension WorkerSession {
  private enum LaneEvent: Sendable {
    case asked(slot: Int, Next)
    case nearEnd(slot: Int)
    case computed(slot: Int)
    case sent(slot: Int)
  }

  private enum Next: Sendable {
    case run(LeaseRun)
    /// A lease came that cannot be worked on; the coordinator knows.
    case nothing
    case end(End)
  }

  /// Takes leases, computes each on the lane, and sends it beside the next computation.
  func serve(_ lane: any WorkerLane) async -> End {
    await withTaskGroup(of: LaneEvent.self) { group in
      var schedule = LaneSchedule(slots: ClusterFigures.usual.laneSlots)
      var runs = [LeaseRun?](repeating: nil, count: ClusterFigures.usual.laneSlots)
      while !schedule.isOver {
        for step in schedule.steps() {
          switch step {
          case .ask(let slot): group.addTask { .asked(slot: slot, await nextRun(lane, slot)) }
          case .run(let slot):
            guard let run = runs[slot] else { continue }
            start(run, slot, lane, in: &group)
          }
        }
        switch await group.next() {
        case nil: return .drained
        case .asked(let slot, .run(let run)):
          runs[slot] = run
          schedule.granted(slot: slot)
        case .asked(let slot, .nothing): schedule.notGranted(slot: slot)
        case .asked(let slot, .end(.drained)): schedule.drain(slot: slot)
        case .asked(_, .end(let end)):
          running.cancelAll()
          // The chunks that are still being sent are not wanted any more.
          group.cancelAll()
          return end
        case .nearEnd(let slot): schedule.nearEnd(slot: slot)
        case .computed(let slot): schedule.computed(slot: slot)
        case .sent(let slot): schedule.sent(slot: slot)
        }
      }
      return .drained
    }
  }

  private func start(
    _ run: LeaseRun,
    _ slot: Int,
    _ lane: any WorkerLane,
    in group: inout TaskGroup<LaneEvent>
  ) {
    group.addTask {
      await withTaskCancellationHandler {
        await lane.encode(run)
      } onCancel: {
        run.watermark.cancel()
      }
      return .computed(slot: slot)
    }
    group.addTask {
      await deliver(run)
      return .sent(slot: slot)
    }
    group.addTask {
      // Of the layers: the summary behind them takes no time, and may be more than their last tenth.
      await run.watermark.wait(forBytes: LaneSchedule.nearEnd(of: run.coding.codedLayersByteCount))
      return .nearEnd(slot: slot)
    }
  }

  private func nextRun(_ lane: any WorkerLane, _ slot: Int) async -> Next {
    switch await nextLease() {
    case .end(let end): .end(end)
    case .unusable(let token, let reason): await giveBack(token, reason)
    case .grant(let grant): await start(grant, lane, slot).map { .run($0) } ?? .nothing
    }
  }

  private enum Answer {
    case grant(LeaseGrant)
    case unusable(token: UInt64, reason: String)
    case end(End)
  }

  private func nextLease() async -> Answer {
    let wait = configuration.timing.leaseWait
    let request = WorkerRequest.lease(LeaseRequest(session: id, wait: max(.zero, min(wait, .seconds(3600)))))
    while true {
      let asked = ContinuousClock.now
      do {
        let reply = try await drain.orElse {
          try await control.ask(request, timeout: wait + configuration.timing.requestTimeout)
        }
        switch reply {
        case nil: return .end(.drained)
        case .lease(.granted(let grant))?: return .grant(grant)
        case .lease(.drain)?:
          drain.raise()
          return .end(.drained)
        case .reregister?: return .end(.lost("the coordinator does not know this session"))
        default: break
        }
      } catch let error as NNGError where error.code == .timedOut {
        // The heartbeats find out if the coordinator is alive.
      } catch {
        if let error = error as? WireError, let token = error.leaseToken {
          return .unusable(token: token, reason: "\(error.cause ?? error)")
        }
        return .end(.lost(Task.isCancelled ? "cancelled" : "\(error)"))
      }
      // An immediate answer without a lease must not cause a flood of requests.
      if ContinuousClock.now - asked < .milliseconds(50) { await drain.sleep(for: .milliseconds(50)) }
      if Task.isCancelled { return .end(.lost("cancelled")) }
    }
  }

  /// Checks a lease and gets memory for it; returns nil after a failure, which it reports to the coordinator.
  private func start(_ grant: LeaseGrant, _ lane: any WorkerLane, _ slot: Int) async -> LeaseRun? {
    do {
      let identity = try grant.identity(among: configuration.identities)
      let coding = try grant.coding(shape: identity.shape, type: identity.kvType)
      guard coding.byteCount <= configuration.maximumChunkBytes else {
        throw WireError.outOfRange(
          field: "bytes of a chunk's KV cache and summary",
          value: UInt64(coding.byteCount),
          limit: UInt64(configuration.maximumChunkBytes)
        )
      }
      let assignment = ChunkAssignment(grant)
      let buffer = try lane.buffer(slot: slot, for: assignment)
      let run = LeaseRun(grant: grant, assignment: assignment, coding: coding, buffer: buffer)
      running.insert(run)
      return run
    } catch {
      await report(grant.token, failure: "\(error)")
      return nil
    }
  }

  private func deliver(_ run: LeaseRun) async {
    let sender = ChunkSender(
      run: run,
      link: bulk,
      session: id,
      frameBytes: frameBytes,
      timing: configuration.timing
    )
    let outcome = await sender.send()
    // The lane may still be computing the chunk, which is not wanted any more.
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
      await report(run.grant.token, failure: reason)
    }
  }

  /// Gives a lease back that cannot be worked on.
  private func giveBack(_ token: UInt64, _ reason: String) async -> Next {
    await report(token, failure: reason)
    return .nothing
  }

  private func report(_ token: UInt64, failure reason: String) async {
    let request = FailRequest(session: id, token: token, reason: WireCodec.shortened(reason))
    do {
      // If the request is lost, the lease's deadline has the same effect.
      _ = follow(try await control.ask(.fail(request), timeout: configuration.timing.requestTimeout))
    } catch {
      logger.debug("a failure could not be reported", metadata: ["reason": "\(error)"])
    }
  }
}
