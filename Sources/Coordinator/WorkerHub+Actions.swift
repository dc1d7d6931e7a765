internal import Cluster
internal import KVFormat
internal import Logging
internal import Memory
internal import NNG
internal import Scheduling
internal import Synchronization
internal import Wire

extension WorkerHub {
  /// Performs the actions of decisions, one after the other.
  ///
  /// - Parameters:
  ///   - actions: The actions.
  ///   - decision: The time that the decision has taken, for each lease among them.
  func perform(_ actions: [HubTables.Action], decision: Duration = .zero) async {
    for action in actions { await perform(action, decision: decision) }
  }

  /// Performs the actions of decisions, each in a task of its own: a slow peer delays nobody else.
  func perform(_ actions: [HubTables.Action], decision: Duration, in group: inout DiscardingTaskGroup) {
    for action in actions { group.addTask { await self.perform(action, decision: decision) } }
  }

  private func perform(_ action: HubTables.Action, decision: Duration) async {
    switch action {
    case .reply(.control(let request), let reply): await send(message(for: reply), to: request)
    case .reply(.bulk(let request), let reply): await send(bulkMessage(for: reply), to: request)
    case .grant(let request, let grant, let job):
      await send(
        .lease(.granted(LeaseGrant(grant, of: job))),
        to: request,
        lease: (grant.since, decision)
      )
    case .allocate(let admission, let coding): await perform(allocate(admission, coding))
    case .note(let note): log(note)
    case .refuse(let request, let refusal): await send(.refused(refusal), to: request)
    }
  }

  /// Allocates the memory of an admitted transfer, outside of the lock as the system may be slow.
  private func allocate(
    _ admission: HubTables.Cluster.Admission,
    _ coding: KVCoding
  ) -> [HubTables.Action] {
    let transfer: ChunkTransfer
    do {
      transfer = ChunkTransfer(
        lease: admission.lease,
        coding: coding,
        buffer: try blocks.block(byteCount: admission.byteCount),
        frameBytes: admission.frameBytes
      )
    } catch {
      logger.error("no memory for a transfer", metadata: ["bytes": "\(admission.byteCount)"])
      return report { $0.notAllocated(admission.lease.token, at: $1) }
    }
    return withTables { $0.install(transfer, at: now) }
  }

  // MARK: Replies

  /// Sends a reply on the control socket; a lost peer is noticed elsewhere.
  ///
  /// - Parameters:
  ///   - reply: The reply, made in here so that making it is counted.
  ///   - request: The request.
  ///   - lease: For a lease, the time since which its worker could have had it, and the time of the decision.
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

  /// Sends a reply on the bulk socket; a lost peer is noticed elsewhere.
  func send(_ reply: BulkReply, to request: IncomingRequest) async {
    do {
      try await request.reply(
        NNGMessage(copying: WireCodec.encode(reply)),
        timeout: configuration.replyTimeout
      )
    } catch {
      logger.debug("cannot reply", metadata: ["error": "\(error)"])
    }
  }

  /// Returns the message for a decision on the control socket.
  private func message(for reply: HubTables.Cluster.Reply) -> CoordinatorReply {
    switch reply {
    case .registered(let worker):
      .registered(
        Registered(
          session: worker.id.rawValue,
          heartbeatPeriod: configuration.policy.heartbeatPeriod,
          maxFrameBytes: worker.registration.frameBytes,
          bulkPort: ports.bulkPort
        )
      )
    case .shuttingDown:
      .refused(Refusal(.overloaded, "the coordinator is shutting down; try again later"))
    case .directives(let dropped, let isDraining):
      .directives(Directives(cancelled: dropped.map(\.rawValue), drain: isDraining))
    case .nothing: .lease(.nothing)
    case .drain: .lease(.drain)
    case .goodbye: .bye
    case .reregister, .grant, .send, .deferred, .accepted, .committed, .superseded, .refused: .reregister
    }
  }

  /// Returns the message for a decision on the bulk socket.
  private func bulkMessage(for reply: HubTables.Cluster.Reply) -> BulkReply {
    switch reply {
    case .send(let receivedBytes): .granted(receivedBytes: receivedBytes)
    case .deferred: .deferred(configuration.deferral)
    case .accepted: .accepted
    case .committed: .committed
    case .superseded: .superseded
    case .refused(let reason): .refused(reason)
    case .reregister, .registered, .shuttingDown, .grant, .nothing, .drain, .directives, .goodbye: .reregister
    }
  }

  // MARK: Log

  private func log(_ note: HubTables.Cluster.Note) {
    switch note {
    case .registered(let worker): logger.info("a worker registered", metadata: worker.metadata)
    case .lost(let worker): logger.warning("lost a worker", metadata: worker.metadata)
    case .silent(let worker): logger.warning("a worker fell silent", metadata: worker.metadata)
    case .left(let worker): logger.info("a worker left", metadata: worker.metadata)
    }
  }
}

extension LeaseGrant {
  fileprivate init(_ grant: HubTables.Cluster.Grant, of job: HubJob) {
    let lease = grant.lease
    self.init(
      job: lease.job.rawValue,
      model: grant.modelPlace,
      chunkIndex: lease.chunk,
      token: lease.token.rawValue,
      sinkTokens: job.sinkTokens,
      leadTokens: job.lead(ofChunk: lease.chunk),
      chunkTokens: job.chunks[lease.chunk],
      positionBase: job.position(ofChunk: lease.chunk),
      kvByteCount: job.byteCount(ofChunk: lease.chunk) ?? 0,
      codec: grant.codec,
      summary: job.summary,
      summaryByteCount: job.summaryByteCount(ofChunk: lease.chunk)
    )
  }
}

extension RegisteredWorker {
  /// The worker's names and address, for the log.
  fileprivate var metadata: Logger.Metadata {
    [
      "worker": "\(label)", "name": "\(registration.name)", "address": "\(address)",
      "lanes": "\(registration.lanes)\(registration.isReplay ? " (REPLAY)" : "")",
    ]
  }
}
