extension Scheduler {
  /// Whether any worker could be given a lease now; when not, those that wait need not be looked at.
  ///
  /// It may be wrong in one way: what it says can be had may be kept from all workers that ask.
  ///
  /// - Complexity: O(jobs), and O(leases) when the queues are empty and leases have changed since it was last
  ///   asked for.
  public mutating func mayGrant(at now: Instant) -> Bool {
    hasQueuedChunks || now >= earliestLateness()
  }

  /// The lease that this idle worker should get a copy of: the one furthest beyond its expected duration, if
  /// any is late enough.
  ///
  /// - Complexity: O(leases), and O(1) while none is late and none has changed since it was last asked for.
  mutating func slowestLease(for worker: WorkerID, at now: Instant) -> Lease? {
    guard now >= earliestLateness(), let pace = medianPace else { return nil }
    var slowest: (lease: Lease, lateness: Double)?
    for record in leases.values where !record.isShared {
      let lease = record.lease
      guard lease.worker != worker else { continue }
      let age = lease.grantedAt.duration(to: now)
      let lateness = age.seconds / (pace * Double(max(1, record.size)))
      guard age >= policy.speculationMinimumAge, lateness > policy.speculationFactor,
        let job = jobs[lease.job], job.takes(worker), !job.chunks[lease.chunk].avoided.contains(worker)
      else { continue }
      // Equal lateness goes by token, so that the choice does not hang on the dictionary's order.
      if let best = slowest, (best.lateness, lease.token) >= (lateness, best.lease.token) { continue }
      slowest = (lease, lateness)
    }
    return slowest?.lease
  }

  /// A time before which no lease is late enough for a copy; thousands of workers that wait at the end of a
  /// job ask again and again, and are not to look at all leases each time.
  private mutating func earliestLateness() -> Instant {
    if let noneLateBefore { return noneLateBefore }
    guard let pace = medianPace else { return Instant(nanoseconds: .max) }
    var earliest = Int64.max
    let minimum = policy.speculationMinimumAge.nanoseconds
    for record in leases.values where !record.isShared {
      let expected = pace * Double(max(1, record.size)) * policy.speculationFactor
      // Rounded so that no lease is late by the exact comparison before its time has come here.
      let late = max(minimum, Int64(min(expected, 1e9) * 1e9) - 8)
      earliest = min(earliest, record.lease.grantedAt.nanoseconds.addingReportingOverflow(late).partialValue)
    }
    noneLateBefore = Instant(nanoseconds: earliest)
    return Instant(nanoseconds: earliest)
  }

  /// The median of the seconds per token of the latest completed leases, nil before the first.
  private var medianPace: Double? {
    mutating get {
      if sortedPace == nil, !paces.isEmpty { sortedPace = max(paces.sorted()[paces.count / 2], 1e-9) }
      return sortedPace
    }
  }

  /// Notes the duration of a completed lease.
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
