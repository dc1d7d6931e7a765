extension Scheduler {
  /// Returns true if some worker may get a lease now; if not, waiting workers need not be looked at.
  ///
  /// True is no promise: the lease may be kept from all workers that ask.
  ///
  /// - Parameters:
  ///   - copies: True to look for late leases to copy, too; false to look only for queued chunks.
  ///   - now: The time.
  /// - Returns: False if no worker can get a lease.
  /// - Complexity: O(jobs), and O(leases) for copies when the queues are empty and a lease is late, or leases
  ///   have changed since the last search for a late one.
  package mutating func mayGrant(copies: Bool = true, at now: Instant) -> Bool {
    hasQueuedChunks || copies && isAnyLate(at: now)
  }

  /// Returns the lease that this idle worker should get a copy of: the one furthest beyond its expected
  /// duration, or nil if none is late enough.
  ///
  /// - Complexity: O(leases), and O(1) while none is late and none has changed since the last search.
  mutating func slowestLease(for worker: WorkerID, at now: Instant) -> Lease? {
    guard isAnyLate(at: now), let asking = workers[worker] else { return nil }
    let medians = medianPaces()
    var slowest: (lease: Lease, lateness: Double)?
    for record in leases.values where !record.isShared {
      let lease = record.lease
      guard lease.worker != worker, let pace = medians[record.model],
        let lateness = lateness(of: record, pace: pace, at: now),
        let job = jobs[lease.job], job.takes(worker, asking),
        !job.chunks[lease.chunk].avoided.contains(worker)
      else { continue }
      // Of equally late leases the oldest is taken: the choice must not depend on the dictionary's order.
      if let best = slowest, (best.lateness, lease.token) >= (lateness, best.lease.token) { continue }
      slowest = (lease, lateness)
    }
    return slowest?.lease
  }

  /// Returns age / (median pace × tokens) of a lease, or nil unless that is late enough for a copy.
  private func lateness(of record: LeaseRecord, pace: Double, at now: Instant) -> Double? {
    guard let earliest = record.earliestCopy(policy), earliest <= now else { return nil }
    let lateness = record.age(at: now).seconds / (pace * Double(max(1, record.size)))
    return lateness > policy.speculationFactor ? lateness : nil
  }

  /// Returns true if some lease is late enough for a copy, or will be within a few nanoseconds.
  ///
  /// Thousands of workers may wait at the end of a job and ask again and again. So that each request need not
  /// look at all leases, the time before which none is late is kept. Progress and waits can only make that
  /// time later, so it is computed again once it has come; whatever makes it earlier clears it.
  private mutating func isAnyLate(at now: Instant) -> Bool {
    if let noneLateBefore, now < noneLateBefore { return false }
    let medians = medianPaces()
    guard !medians.isEmpty else { return false }
    var earliest = Instant(nanoseconds: .max)
    for record in leases.values where !record.isShared {
      guard let pace = medians[record.model], let possible = record.earliestCopy(policy) else { continue }
      let expected = pace * Double(max(1, record.size)) * policy.speculationFactor
      // Rounded so that no lease is late by the exact comparison before its time has come here.
      let late = record.waited + .nanoseconds(Int64(min(expected, 1e9) * 1e9) - 8)
      earliest = min(earliest, max(record.lease.grantedAt + late, possible))
    }
    noneLateBefore = earliest
    return now >= earliest
  }

  /// Returns the median pace of each model of which a lease has been completed, in seconds per token.
  private mutating func medianPaces() -> [ModelIndex: Double] {
    var medians: [ModelIndex: Double] = [:]
    for model in paces.keys { medians[model] = paces[model]?.median }
    return medians
  }

  /// Notes the duration of a completed lease, for the median pace of its model.
  ///
  /// - Complexity: O(1), and O(p log p) when the median is asked for, where p is the number of paces kept.
  mutating func recordPace(_ duration: Duration, tokens: Int, of model: ModelIndex) {
    paces[model, default: PaceHistory()].add(duration.seconds / Double(max(1, tokens)))
    noneLateBefore = nil
  }
}
