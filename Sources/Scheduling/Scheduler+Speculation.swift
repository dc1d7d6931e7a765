extension Scheduler {
  /// Whether some worker may get a lease now: a chunk waits for one or, if asked for, a lease is so late that
  /// it may be copied.
  ///
  /// - Complexity: O(jobs), and O(leases) for copies when no chunk waits.
  public func mayGrant(copies: Bool, at now: Instant) -> Bool {
    if hasQueuedChunks { return true }
    guard copies, let pace = medianPace else { return false }
    return leases.values.contains { lateness(of: $0, pace: pace, at: now) != nil }
  }

  /// The lease that this idle worker should get a copy of: the one furthest beyond its expected duration, if
  /// any is late enough.
  ///
  /// - Complexity: O(leases).
  func slowestLease(for worker: WorkerID, at now: Instant) -> Lease? {
    guard let pace = medianPace else { return nil }
    var slowest: (lease: Lease, lateness: Double)?
    for record in leases.values {
      let lease = record.lease
      guard lease.worker != worker, let lateness = lateness(of: record, pace: pace, at: now),
        jobs[lease.job]?.chunks[lease.chunk].avoided.contains(worker) == false
      else { continue }
      // Equal lateness goes by token, so that the choice does not hang on the dictionary's order.
      if let best = slowest, (best.lateness, lease.token) >= (lateness, best.lease.token) { continue }
      slowest = (lease, lateness)
    }
    return slowest?.lease
  }

  /// How many times longer than expected a lease takes, nil unless it is late enough for a copy.
  private func lateness(of record: LeaseRecord, pace: Double, at now: Instant) -> Double? {
    // While the receiver has it wait, a copy would wait as well.
    guard record.waitingSince == nil else { return nil }
    // One that has waited is as good as computed, and what comes in then shares the receiver with others.
    if record.waited > .zero, let progressAt = record.progressAt,
      progressAt.duration(to: now) < policy.speculationMinimumAge * 2
    {
      return nil
    }
    let age = record.age(at: now)
    let lateness = age.seconds / (pace * Double(max(1, record.size)))
    guard age >= policy.speculationMinimumAge, lateness > policy.speculationFactor,
      jobs[record.lease.job]?.chunks[record.lease.chunk].leases.count == 1
    else { return nil }
    return lateness
  }

  /// Notes the duration of a completed lease.
  ///
  /// - Complexity: O(p log p), where p is the number of durations kept, at most 256.
  mutating func recordPace(_ duration: Duration, tokens: Int) {
    let pace = duration.seconds / Double(max(1, tokens))
    if paces.count < Self.paceCapacity {
      paces.append(pace)
    } else {
      paces[paceIndex] = pace
      paceIndex = (paceIndex + 1) % Self.paceCapacity
    }
    medianPace = max(paces.sorted()[paces.count / 2], 1e-9)
  }
}
