extension Scheduler {
  /// The lease that this idle worker should get a copy of: the one furthest beyond its expected duration, if
  /// any is late enough.
  ///
  /// - Complexity: O(leases + p log p), where p is the number of durations kept, at most 256.
  func slowestLease(for worker: WorkerID, at now: Instant) -> Lease? {
    guard let pace = medianPace else { return nil }
    var slowest: (lease: Lease, lateness: Double)?
    for record in leases.values {
      let lease = record.lease
      guard lease.worker != worker, let chunk = jobs[lease.job]?.chunks[lease.chunk], chunk.leases.count == 1,
        !chunk.avoided.contains(worker), jobs[lease.job]?.takes(worker) == true
      else { continue }
      let age = lease.grantedAt.duration(to: now)
      let lateness = age.seconds / (pace * Double(max(1, record.size)))
      guard age >= policy.speculationMinimumAge, lateness > policy.speculationFactor else { continue }
      // Equal lateness goes by token, so that the choice does not hang on the dictionary's order.
      if let best = slowest, (best.lateness, lease.token) >= (lateness, best.lease.token) { continue }
      slowest = (lease, lateness)
    }
    return slowest?.lease
  }

  /// The median of the seconds per token of the latest completed leases, nil before the first.
  private var medianPace: Double? {
    paces.isEmpty ? nil : max(paces.sorted()[paces.count / 2], 1e-9)
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
  }
}
