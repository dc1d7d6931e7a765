internal import KVFormat
package import Scheduling

extension ClusterState {
  // MARK: Sessions

  /// Registers a worker. Earlier sessions of the same process or connection end.
  package mutating func registered(
    _ registration: WorkerRegistration,
    by request: Request,
    over connection: Connection,
    address: String,
    at now: Instant
  ) -> [Effect] {
    guard !isDraining else { return [.reply(request, .shuttingDown)] }
    var effects: [Effect] = []
    for id in workers.replaced(by: registration, over: connection) {
      remove(id, as: .lost, at: now, &effects)
    }
    let worker = workers.add(registration, over: connection, address: address, at: now)
    let actions = scheduler.workerRegistered(
      worker.id,
      lanes: registration.lanes,
      models: Set(registration.models.keys),
      at: now
    )
    apply(actions, at: now, &effects)
    effects += [.note(.registered(worker)), .reply(request, .registered(worker))]
    return effects
  }

  /// Handles the end of a connection: the worker that registered over it, if any, is lost.
  package mutating func disconnected(_ connection: Connection, at now: Instant) -> [Effect] {
    guard let worker = workers.worker(over: connection) else { return [] }
    var effects: [Effect] = [.note(.lost(worker))]
    remove(worker.id, as: .lost, at: now, &effects)
    return effects
  }

  /// Handles a worker's goodbye; the leases that it still holds return to the queue.
  package mutating func left(
    session: UInt64,
    by request: Request,
    over connection: Connection,
    at now: Instant
  ) -> [Effect] {
    var effects: [Effect] = []
    if let worker = workers.worker(session, over: connection) {
      effects.append(.note(.left(worker)))
      remove(worker.id, as: .left, at: now, &effects)
    }
    effects.append(.reply(request, .goodbye))
    return effects
  }

  /// Handles a heartbeat, which names the leases that the worker works on.
  ///
  /// - Parameters:
  ///   - session: The number of its session.
  ///   - running: The leases, with the bytes that are ready in each.
  ///   - isDraining: True if the worker takes nothing new.
  ///   - request: The request to be answered by ``Reply/directives(dropped:isDraining:)``.
  ///   - connection: The connection over which it came.
  ///   - now: The time.
  /// - Returns: The effects to be performed.
  package mutating func heartbeat(
    session: UInt64,
    running: [(token: LeaseToken, bytesReady: Int)],
    isDraining: Bool,
    by request: Request,
    over connection: Connection,
    at now: Instant
  ) -> [Effect] {
    guard let worker = workers.worker(session, over: connection) else {
      return [.reply(request, .reregister)]
    }
    var effects: [Effect] = []
    if isDraining, !worker.isDraining {
      workers.update(worker.id) { $0.isDraining = true }
      scheduler.workerDraining(worker.id)
      polls.noteLeaving(worker.id)
      // The worker's own polls must be answered.
      if polls.count(of: worker.id) > 0 { wake(at: now, &effects) }
    }
    directives(worker.id, running: running, to: request, at: now, &effects)
    return effects
  }

  /// Fails a lease that its worker gives up; another worker's lease stays.
  package mutating func gaveUp(
    _ token: LeaseToken,
    because reason: String,
    session: UInt64,
    by request: Request,
    over connection: Connection,
    at now: Instant
  ) -> [Effect] {
    guard let worker = workers.worker(session, over: connection) else {
      return [.reply(request, .reregister)]
    }
    var effects: [Effect] = []
    if scheduler.lease(token)?.worker == worker.id {
      apply(scheduler.failed(token, reason: reason, at: now), at: now, &effects)
    }
    directives(worker.id, running: [], to: request, at: now, &effects)
    return effects
  }

  private mutating func directives(
    _ worker: WorkerID,
    running: [(token: LeaseToken, bytesReady: Int)],
    to request: Request,
    at now: Instant,
    _ effects: inout [Effect]
  ) {
    guard let dropped = scheduler.heartbeat(from: worker, running: running, at: now) else {
      return effects.append(.reply(request, .reregister))
    }
    workers.update(worker) { $0.lastHeard = now }
    effects.append(.reply(request, .directives(dropped: dropped, isDraining: isDraining)))
  }

  /// Ends a session; the leases that it held return to the queue.
  private mutating func remove(
    _ id: WorkerID,
    as state: WorkerSnapshot.State,
    at now: Instant,
    _ effects: inout [Effect]
  ) {
    let actions = state == .left ? scheduler.workerLeft(id, at: now) : scheduler.workerLost(id, at: now)
    apply(actions, at: now, &effects)
    workers.remove(id, as: state, at: now)
    polls.noteLeaving(id)
    wake(at: now, &effects)
  }

  /// The number of workers that take chunks.
  package var connectedWorkers: Int {
    isDraining ? 0 : workers.ids.count { workers[$0]?.isDraining == false }
  }

  /// Returns the number of workers that take chunks of a model.
  package func connectedWorkers(with model: ModelIndex) -> Int {
    guard !isDraining else { return 0 }
    return workers.ids.count { id in
      workers[id].map { !$0.isDraining && $0.registration.models[model] != nil } ?? false
    }
  }

  /// True if no worker is registered.
  package var hasNoWorkers: Bool { workers.isEmpty }

  /// Returns the registered workers, and the departed ones that were last heard of within the given time.
  package func snapshots(at now: Instant, shownAfterLoss: Duration) -> [WorkerSnapshot] {
    workers.snapshots(isDraining: isDraining, at: now, shownAfterLoss: shownAfterLoss)
  }

  // MARK: Polls

  /// Handles a poll: a worker asks for a chunk and is willing to wait.
  ///
  /// - Parameters:
  ///   - session: The number of its session.
  ///   - arrival: The time at which the request arrived.
  ///   - deadline: The time until which it may wait.
  ///   - request: The request.
  ///   - connection: The connection over which it came.
  ///   - now: The time.
  /// - Returns: The effects to be performed.
  package mutating func polled(
    session: UInt64,
    arrival: Instant,
    until deadline: Instant,
    by request: Request,
    over connection: Connection,
    at now: Instant
  ) -> [Effect] {
    guard let worker = workers.worker(session, over: connection),
      scheduler.heartbeat(from: worker.id, running: [], at: now) != nil
    else { return [.reply(request, .reregister)] }
    workers.update(worker.id) { $0.lastHeard = now }
    var effects: [Effect] = []
    if let reply = decide(for: worker.id, since: arrival, at: now, &effects) {
      effects.append(.reply(request, reply))
    } else if deadline > now, polls.count(of: worker.id) < worker.registration.lanes {
      polls.add(.init(request: request, worker: worker.id, deadline: deadline, arrival: arrival))
    } else {
      // One poll for each lane is all that a worker needs; more would be a way to fill the table.
      effects.append(.reply(request, .nothing))
    }
    return effects
  }

  /// Answers the waiting polls that can be answered, if there is a reason to look at them.
  mutating func answerPolls(at now: Instant, _ effects: inout [Effect]) {
    let change = changedAt ?? now
    // A lease becomes slow by time alone, so only time is a reason to look for slow ones.
    let looksForSlow = isTimeDue
    changedAt = nil
    isTimeDue = false
    // With hundreds of idle lanes and nothing to grant, each would be refused at the price of a search.
    var isVain = !isDraining && !scheduler.mayGrant(copies: looksForSlow, at: now)
    guard !isVain || polls.hasLeaving || polls.mayBeDue(at: now) else { return }
    for poll in polls.takeAll() {
      if isVain, poll.deadline > now, workers[poll.worker]?.isDraining == false {
        polls.add(poll)
        continue
      }
      // A worker could have had the lease since it asked, or since the change if that came later.
      let reply = decide(for: poll.worker, since: max(poll.arrival, change), at: now, &effects)
      if case .grant? = reply { isVain = !scheduler.mayGrant(copies: looksForSlow, at: now) }
      if let reply {
        effects.append(.reply(poll.request, reply))
      } else if poll.deadline > now {
        polls.add(poll)
      } else {
        effects.append(.reply(poll.request, .nothing))
      }
    }
  }

  /// Returns the answer to a worker that asks for a chunk, or nil when there is nothing for it now.
  private mutating func decide(
    for worker: WorkerID,
    since: Instant,
    at now: Instant,
    _ effects: inout [Effect]
  ) -> Reply? {
    if isDraining, workers[worker] != nil { return .drain }
    switch scheduler.leaseRequested(by: worker, at: now) {
    case .wait: return nil
    case .drain: return .drain
    case .unknownWorker: return .reregister
    case .grant(let lease):
      guard let job = jobs[lease.job], let session = workers[worker],
        let place = session.registration.models[job.model]
      else { return nil }
      noteLeases(of: worker, at: now)
      effects.append(
        .emit(lease.job, .leased(chunk: lease.chunk, worker: session.label, attempt: lease.attempt))
      )
      let wanted = session.codec(for: job.codec)
      let codec = job.chunks[lease.chunk].wireByteCount(wanted) == nil ? .bf16 : wanted
      transfers.note(codec, of: lease.token)
      return .grant(Grant(lease: lease, codec: codec, modelPlace: place, since: since))
    }
  }
}
