internal import DequeModule

extension Scheduler {
  /// Checks that the tables agree with each other.
  ///
  /// - Returns: A description of the first violation, or nil.
  /// - Complexity: O(size of all tables).
  package func invariantViolation() -> String? {
    for (id, job) in jobs {
      if let violation = violation(in: job, id) { return violation }
    }
    for (token, record) in leases {
      let lease = record.lease
      guard workers[lease.worker]?.leases.contains(token) == true else { return "\(token) has no worker" }
      guard jobs[lease.job]?.chunks[lease.chunk].leases.contains(token) == true else {
        return "\(token) has no chunk"
      }
      guard record.isShared == ((jobs[lease.job]?.chunks[lease.chunk].leases.count ?? 0) > 1) else {
        return "\(token) does not know whether it has a copy"
      }
      guard workers[lease.worker]?.models.contains(record.model) == true else {
        return "\(token) is held by a worker without its model"
      }
      guard token.rawValue < nextToken else { return "\(token) is from the future" }
    }
    for (id, worker) in workers {
      guard worker.leases.allSatisfy({ leases[$0] != nil }) else { return "\(id) holds a lease that is over" }
      guard worker.leases.count <= worker.lanes * policy.leasesPerLane else {
        return "\(id) holds too many leases"
      }
    }
    var serving: [ModelIndex: Int] = [:]
    for model in workers.values.lazy.filter({ !$0.isDraining }).flatMap(\.models) {
      serving[model, default: 0] += 1
    }
    guard servers == serving else { return "the counts of the models' workers are wrong" }
    guard Set(rotation).count == rotation.count else { return "a job is twice in the rotation" }
    return nil
  }

  private func violation(in job: JobRecord, _ id: JobID) -> String? {
    let queued = Set(job.queue)
    guard queued.count == job.queue.count else { return "job \(id): a chunk is queued twice" }
    guard job.queue.isEmpty || rotation.contains(id) else { return "job \(id) waits outside the rotation" }
    guard job.chunks.count(where: { $0.phase == .done }) == job.done else {
      return "job \(id): wrong done count"
    }
    guard (job.state == .completed) == (job.done == job.chunks.count) else {
      return "job \(id): \(job.done) of \(job.chunks.count) chunks done in state \(job.state)"
    }
    guard job.members.count <= job.workerLimit ?? 0, job.members.allSatisfy({ workers[$0] != nil }) else {
      return "job \(id) is shared by the wrong workers"
    }
    for (index, chunk) in job.chunks.enumerated() {
      let place = "job \(id), chunk \(index)"
      guard chunk.leases.allSatisfy({ leases[$0] != nil }) else {
        return "\(place) is held by a lease that is over"
      }
      guard job.state == .running else {
        guard chunk.leases.isEmpty, queued.isEmpty else { return "\(place) lives on after its job" }
        continue
      }
      switch chunk.phase {
      case .queued:
        guard queued.contains(index), chunk.leases.isEmpty else { return "\(place) is lost" }
      case .leased:
        guard !queued.contains(index), 1...2 ~= chunk.leases.count else {
          return "\(place) is leased wrongly"
        }
      case .done:
        guard !queued.contains(index), chunk.leases.isEmpty else { return "\(place) is done and not done" }
      }
      guard chunk.phase != .queued || chunk.failures.count < policy.maximumAttempts else {
        return "\(place) has failed too often"
      }
    }
    return nil
  }
}
