internal import Cluster
internal import Scheduling
internal import SeededRandom

/// The workers' side.
extension ClusterSimulation {
  // MARK: Lanes

  /// Starts what a lane's schedule asks for.
  private mutating func advance(_ lane: Int) {
    let worker = lane / configuration.lanes
    for step in lanes[lane].schedule.steps() {
      switch step {
      case .ask(let slot):
        events.add(.request(lane: lane, slot: slot, life: workers[worker].life), at: now + latency)
      case .run(let slot):
        if let run = lanes[lane].runs[slot] { start(run) }
      }
    }
  }

  /// Registers a worker; all its lanes ask for a lease.
  mutating func register(_ worker: Int) {
    let registration = WorkerRegistration(
      name: "",
      incarnation: connection(worker),
      lanes: configuration.lanes,
      compute: ""
    )
    perform(
      cluster.registered(
        registration,
        by: .registration(worker: worker),
        over: connection(worker),
        address: "",
        at: instant
      )
    )
    for lane in worker * configuration.lanes..<(worker + 1) * configuration.lanes {
      lanes[lane] = SimulatedLane(slots: configuration.figures.laneSlots)
      for case .ask(let slot) in lanes[lane].schedule.steps() {
        requested(lane, slot, workers[worker].life)
      }
    }
  }

  /// Returns true if the worker has not been lost since it got the lease.
  func isHeld(_ run: Int) -> Bool { workers[runs[run].worker].life == runs[run].life }

  mutating func leased(_ run: Int) {
    guard isHeld(run) else { return }
    let (lane, slot) = (runs[run].lane, runs[run].slot)
    workers[runs[run].worker].running.append(run)
    lanes[lane].runs[slot] = run
    lanes[lane].schedule.granted(slot: slot)
    advance(lane)
  }

  /// Handles the answer that there is nothing for a lane: it asks again.
  mutating func notGranted(_ lane: Int, _ slot: Int, _ life: UInt64) {
    guard workers[lane / configuration.lanes].life == life else { return }
    lanes[lane].schedule.notGranted(slot: slot)
    advance(lane)
  }

  private mutating func start(_ run: Int) {
    runs[run].startedAt = now
    if runs[run].isCancelled {
      events.add(.computed(run), at: now)
      events.add(.delivered(run), at: now)
      return
    }
    let duration = inNanoseconds(computeSeconds(run))
    runs[run].duration = duration
    events.add(.firstBytes(run), at: readyAt(run, bytes: 1))
    events.add(.nearEnd(run), at: readyAt(run, bytes: LaneSchedule.nearEnd(of: runs[run].total)))
    events.add(.computed(run), at: now + duration)

    let worker = runs[run].worker
    workers[worker].attempts += 1
    let path = [2, worker, workers[worker].attempts]
    var random = SeededGenerator(seed: configuration.seed, path: path)
    if random.unit() < configuration.failures.chance {
      let at = now + Int64(random.unit() * Double(duration))
      events.add(.died(worker: worker, life: workers[worker].life), at: at)
    }
  }

  /// Returns the seconds that a lane needs for a chunk, with its share of sending.
  ///
  /// On a core of its own it needs `alone + send * bytes`. If B busy lanes and the coordinator share C cores,
  /// it needs `max(alone, (alone + (send + receive) * bytes) * B / C)`.
  private func computeSeconds(_ run: Int) -> Double {
    let costs = configuration.costs
    let alone = costs.computeSeconds(configuration.chunks[runs[run].chunk]) / workers[runs[run].worker].speed
    let bytes = Double(runs[run].total)
    guard let cores = configuration.sharedCores else { return alone + costs.sendSecondsPerByte * bytes }
    let left = configuration.chunks.count - tally.committedChunks
    let busy = Double(max(1, min(lanes.count, left)))
    let together = alone + (costs.sendSecondsPerByte + costs.receiveSecondsPerByte) * bytes
    return max(alone, together * busy / Double(max(1, cores)))
  }

  /// Returns the time at which this many bytes of a chunk are final: layers become final one after the other.
  private func readyAt(_ run: Int, bytes: Int) -> Int64 {
    let layers = max(1, configuration.costs.layers)
    return readyAt(run, layer: (bytes * layers + runs[run].total - 1) / runs[run].total)
  }

  /// Returns the time at which this many layers are final.
  private func readyAt(_ run: Int, layer: Int) -> Int64 {
    let share = Double(layer) / Double(max(1, configuration.costs.layers))
    return (runs[run].startedAt ?? now) + Int64(Double(runs[run].duration) * share)
  }

  /// Returns the number of a chunk's bytes that are final.
  func bytesReady(_ run: Int) -> Int {
    if runs[run].isComputed { return runs[run].total }
    let layers = max(1, configuration.costs.layers)
    var layer = Int(share(run) * Double(layers))
    // Rounding may have left out the layer that has just become final.
    if layer < layers, readyAt(run, layer: layer + 1) <= now { layer += 1 }
    // Equal to layer * total / layers, without its overflow.
    let (whole, rest) = runs[run].total.quotientAndRemainder(dividingBy: layers)
    return whole * layer + rest * layer / layers
  }

  /// Returns the part of a chunk that is computed, from 0 to 1.
  func share(_ run: Int) -> Double {
    guard let started = runs[run].startedAt, runs[run].duration > 0 else { return 0 }
    return min(1, Double(now - started) / Double(runs[run].duration))
  }

  mutating func nearEnd(_ run: Int) {
    guard isHeld(run), !runs[run].isComputed else { return }
    lanes[runs[run].lane].schedule.nearEnd(slot: runs[run].slot)
    advance(runs[run].lane)
  }

  mutating func computed(_ run: Int) {
    guard isHeld(run), !runs[run].isComputed else { return }
    if runs[run].duration > 0 { tally.rows += share(run) * Double(runs[run].rows) }
    runs[run].isComputed = true
    runs[run].computedAt = now
    lanes[runs[run].lane].schedule.computed(slot: runs[run].slot)
    if !runs[run].isOver { send(run) }
    advance(runs[run].lane)
  }

  // MARK: Sending

  mutating func begin(_ run: Int) {
    guard isHeld(run), !runs[run].isOver else { return }
    events.add(.beginArrived(run), at: now + latency)
  }

  mutating func begun(_ run: Int) {
    guard isHeld(run), !runs[run].isOver else { return }
    runs[run].isBegun = true
    send(run)
  }

  mutating func ready(_ run: Int) {
    runs[run].isAwaitingBytes = false
    guard isHeld(run), !runs[run].isOver else { return }
    send(run)
  }

  mutating func accepted(_ run: Int) {
    guard isHeld(run), !runs[run].isOver else { return }
    runs[run].transfer.accepted()
    send(run)
  }

  /// Sends the frames that are final as far as the window goes, and the end after the last one.
  private mutating func send(_ run: Int) {
    guard runs[run].isBegun, runs[run].endSentAt == 0 else { return }
    while true {
      switch runs[run].transfer.next(ready: bytesReady(run)) {
      case .waitForAnswer: return
      case .waitForBytes(let bytes):
        if !runs[run].isAwaitingBytes { events.add(.ready(run), at: readyAt(run, bytes: bytes)) }
        runs[run].isAwaitingBytes = true
        return
      case .send(_, let length):
        // Every host has the same link, so frames can only queue up at the one they all go to.
        let over = link.serve(
          at: now,
          nanoseconds: inNanoseconds(Double(length) / configuration.link.bytesPerSecond)
        )
        events.add(.frameArrived(run, bytes: length), at: over + latency)
      case .end:
        guard runs[run].isComputed else { return }
        runs[run].endSentAt = now
        events.add(.endArrived(run), at: now + latency)
        return
      }
    }
  }

  /// Notes that the worker has nothing more to do with a lease.
  mutating func over(_ run: Int) {
    guard isHeld(run), !runs[run].isOver, runs[run].startedAt != nil else { return }
    runs[run].isOver = true
    note(run, waits: false)
    workers[runs[run].worker].running.removeAll { $0 == run }
    if !runs[run].isComputed { cancel(run) }
    lanes[runs[run].lane].schedule.sent(slot: runs[run].slot)
    advance(runs[run].lane)
  }

  /// Cancels a run whose result is not wanted: the lane stops at the end of a layer, the sender at once.
  mutating func cancel(_ run: Int) {
    guard isHeld(run), !runs[run].isCancelled else { return }
    runs[run].isCancelled = true
    if !runs[run].isComputed, let started = runs[run].startedAt, runs[run].duration > 0 {
      let layers = max(1, configuration.costs.layers)
      let layer = min(layers, Int(share(run) * Double(layers)) + 1)
      let untilLayer = Int64(layers).dividingFullWidth(
        runs[run].duration.multipliedFullWidth(by: Int64(layer))
      )
      events.add(.computed(run), at: started + untilLayer.quotient)
    }
    events.add(.delivered(run), at: now)
  }

  // MARK: Failures

  mutating func died(_ worker: Int, _ life: UInt64) {
    guard workers[worker].life == life, workers[worker].isAlive else { return }
    let connection = connection(worker)
    for run in workers[worker].running {
      note(run, waits: false)
      if !runs[run].isComputed { tally.rows += share(run) * Double(runs[run].rows) }
    }
    workers[worker].running.removeAll()
    workers[worker].isAlive = false
    workers[worker].life += 1
    if configuration.failures.sign == .process {
      events.add(.connectionLost(connection), at: now + latency)
    }
    let restart = inNanoseconds(configuration.failures.restartSeconds)
    events.add(.restarted(worker: worker), at: now + max(1, restart))
  }

  mutating func restarted(_ worker: Int) {
    workers[worker].isAlive = true
    register(worker)
  }
}
