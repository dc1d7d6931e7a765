internal import Logging
internal import NNG
internal import Wire

/// One registration: the lanes at work for it, until the coordinator is lost or the worker is to leave.
struct WorkerSession: Sendable {
  /// The reason why a session ended.
  enum End: Hashable, Sendable {
    /// All work in hand is finished, and no more is wanted.
    case drained
    /// The coordinator is gone or has forgotten this worker, for this reason; register again.
    case lost(String)
  }

  let id: UInt64
  let control: ControlLink
  let bulk: BulkLink
  let frameBytes: Int
  let heartbeatPeriod: Duration
  let configuration: WorkerConfiguration
  /// Raised when the worker itself is to end.
  let leaving: Signal
  let logger: Logger
  /// Raised when no more leases are to be taken, because of the worker or of the coordinator.
  let drain = Signal()
  let running = RunningLeases()

  init(
    registered: Registered,
    frameBytes: Int,
    control: ControlLink,
    bulk: BulkLink,
    configuration: WorkerConfiguration,
    leaving: Signal,
    logger: Logger
  ) {
    self.id = registered.session
    self.control = control
    self.bulk = bulk
    self.frameBytes = frameBytes
    // Bounded, so that a wrong number causes neither a flood of heartbeats nor a silent worker.
    self.heartbeatPeriod = max(.milliseconds(20), min(registered.heartbeatPeriod, .seconds(10)))
    self.configuration = configuration
    self.leaving = leaving
    self.logger = logger
  }

  /// Works until the session is over; when the task is cancelled, everything is dropped.
  func serve(_ lanes: [any WorkerLane]) async -> End {
    await withTaskGroup(of: End?.self) { group in
      group.addTask { await beat() }
      group.addTask { await watchBulk() }
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

  /// Says goodbye, so that the coordinator need not wait for missed heartbeats.
  func leave() async {
    let request = WorkerRequest.bye(ByeRequest(session: id))
    do {
      _ = try await control.ask(request, timeout: min(configuration.timing.requestTimeout, .seconds(2)))
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
        let request = HeartbeatRequest(session: id, running: running.reports, draining: drain.isRaised)
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

  /// Ends the session when the bulk connection is up and carries nothing.
  private func watchBulk() async -> End {
    let limit = configuration.timing.bulkSilence
    while true {
      do {
        try await Task.sleep(for: limit / 10)
      } catch {
        return .lost("cancelled")
      }
      if bulk.silence >= limit {
        bulk.giveUp()
        return .lost("no answer from \(bulk.socket.address) for \(Int(limit / .seconds(1))) s")
      }
    }
  }

  /// Follows an answer to a heartbeat or to a reported failure; returns the session's end if it is over.
  func follow(_ reply: CoordinatorReply) -> End? {
    switch reply {
    case .directives(let directives):
      running.cancel(directives.cancelled)
      if directives.drain { drain.raise() }
      return nil
    case .reregister: return .lost("the coordinator does not know this session")
    default: return nil
    }
  }
}
