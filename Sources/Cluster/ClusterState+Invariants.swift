internal import Scheduling

extension ClusterState {
  /// Checks that the tables agree with each other.
  ///
  /// - Returns: A sentence that describes the first violation, or nil.
  /// - Complexity: O(size of all tables).
  package func invariantViolation() -> String? {
    if let violation = scheduler.invariantViolation() { return violation }
    guard Set(scheduler.workerIDs) == Set(workers.ids) else {
      return "scheduler and table know other workers"
    }
    guard Set(scheduler.jobIDs) == Set(jobs.keys) else { return "scheduler and table know other jobs" }
    guard transfers.reservedBytes == transfers.transferBytes else {
      return "\(transfers.reservedBytes) bytes are reserved for transfers of \(transfers.transferBytes)"
    }
    for token in transfers.tokens where scheduler.lease(token) == nil {
      return "\(token) is over and has a transfer"
    }
    for worker in polls.workers {
      guard let lanes = workers[worker]?.registration.lanes else {
        guard isWakeDue else { return "\(worker) is gone and its poll waits" }
        continue
      }
      guard polls.count(of: worker) <= max(1, lanes) else { return "\(worker) has too many polls" }
    }
    return nil
  }
}
