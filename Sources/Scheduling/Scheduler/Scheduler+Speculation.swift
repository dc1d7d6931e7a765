extension Scheduler {
  /// Whether any worker could be given a lease now; when not, those that wait need not be looked at.
  ///
  /// It may be wrong in one way: what it says can be had may be kept from all workers that ask.
  ///
  /// - Parameters:
  ///   - copies: Whether copies of late leases are looked for, too; when not, only chunks that wait count.
  ///   - now: The time.
  /// - Returns: Whether there is something to be had.
  /// - Complexity: O(jobs), and O(leases) for copies when the queues are empty and a lease is late, or leases
  ///   have changed since it was last asked for.
  public mutating func mayGrant(copies: Bool = true, at now: Instant) -> Bool {
    hasQueuedChunks || copies && isAnyLate(at: now)
  }

  /// The lease that this idle worker should get a copy of: the one furthest beyond its expected duration, if
  /// any is late enough.
  ///
  /// - Complexity: O(leases), and O(1) while none is late and none has changed since it was last asked for.
  mutating func slowestLease(for worker: WorkerID, at now: Instant) -> Lease? {
    guard isAnyLate(at: now), let pace = medianPace else { return nil }
    var slowest: (lease: Lease, lateness: Double)?
    for record in leases.values where !record.isShared {
      let lease = record.lease
      guard lease.worker != worker, let lateness = lateness(of: record, pace: pace, at: now),
        let job = jobs[lease.job], job.takes(worker), !job.chunks[lease.chunk].avoided.contains(worker)
      else { continue }
      // Equal lateness goes by token, so that the choice does not hang on the dictionary's order.
      if let best = slowest, (best.lateness, lease.token) >= (lateness, best.lease.token) { continue }
      slowest = (lease, lateness)
    }
    return slowest?.lease
  }

  /// How many times longer than expected a lease takes, nil unless it is late enough for a copy.
  private func lateness(of record: LeaseRecord, pace: Double, at now: Instant) -> Double? {
    guard let earliest = record.earliestCopy(policy), earliest <= now else { return nil }
    let lateness = record.age(at: now).seconds / (pace * Double(max(1, record.size)))
    return lateness > policy.speculationFactor ? lateness : nil
  }

  /// Whether some lease is late enough for a copy, or is within a few nanoseconds.
  ///
  /// Thousands of workers that wait at the end of a job ask again and again, and are not to look at all
  /// leases each time: the time before which none is late is kept. Progress and waiting only move that time
  /// on, so it is found anew when it has come; what moves it back clears it.
  private mutating func isAnyLate(at now: Instant) -> Bool {
    if let noneLateBefore, now < noneLateBefore { return false }
    guard let pace = medianPace else { return false }
    var earliest = Instant(nanoseconds: .max)
    for record in leases.values where !record.isShared {
      guard let possible = record.earliestCopy(policy) else { continue }
      let expected = pace * Double(max(1, record.size)) * policy.speculationFactor
      // Rounded so that no lease is late by the exact comparison before its time has come here.
      let late = record.waited + .nanoseconds(Int64(min(expected, 1e9) * 1e9) - 8)
      earliest = min(earliest, max(record.lease.grantedAt + late, possible))
    }
    noneLateBefore = earliest
    return now >= earliest
  }

  /// The median of the seconds per token of the latest completed leases, nil before the first.
  private var medianPace: Double? {
    mutating get {
      if sortedPace == nil, !paces.isEmpty { sortedPace = max(paces.sorted()[paces.count / 2], 1e-9) }
      return sortedPace
    }
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
    (sortedPace, noneLateBefore) = (nil, nil)
  }
}
