extension Scheduler {
  /// True if a chunk waits, and a worker that takes leases has its model.
  ///
  /// - Complexity: O(jobs).
  package var hasQueuedChunks: Bool {
    jobs.values.contains { !$0.queue.isEmpty && servers[$0.model] != nil }
  }

  /// Adds a job. Jobs are served in turn, chunk by chunk.
  ///
  /// - Parameters:
  ///   - job: The job's identifier. If it is known already, nothing changes.
  ///   - sizes: The length in tokens of each chunk; a job without chunks is complete at once.
  ///   - model: The model that encodes the chunks. They wait as long as no worker has it.
  ///   - workerLimit: The most workers that share the job, at least 1: those that ask first, and others in
  ///     place of those that leave; nil for all.
  /// - Returns: The actions to take.
  /// - Complexity: O(chunks).
  package mutating func addJob(
    _ job: JobID,
    sizes: [Int],
    model: ModelIndex = .first,
    workerLimit: Int? = nil
  ) -> [SchedulerAction] {
    guard jobs[job] == nil else { return [] }
    var record = JobRecord(sizes: sizes, model: model, workerLimit: workerLimit.map { max(1, $0) })
    if sizes.isEmpty { record.state = .completed }
    jobs[job] = record
    guard !sizes.isEmpty else { return [.jobCompleted(job)] }
    rotation.append(job)
    return [.workAvailable]
  }

  /// Cancels a running job: its leases end; its record stays until it is removed.
  ///
  /// - Complexity: O(chunks of the job).
  package mutating func cancelJob(_ job: JobID) -> [SchedulerAction] {
    var actions: [SchedulerAction] = []
    end(job, state: .cancelled, &actions)
    return actions
  }

  /// Forgets a job, and cancels it first if it is running.
  ///
  /// - Complexity: O(chunks of the job + jobs).
  package mutating func removeJob(_ job: JobID) -> [SchedulerAction] {
    let actions = cancelJob(job)
    jobs[job] = nil
    rotation.removeAll { $0 == job }
    return actions
  }

  /// Ends a running job and every lease on it.
  mutating func end(_ job: JobID, state: JobState, _ actions: inout [SchedulerAction]) {
    guard let record = jobs[job], record.state == .running else { return }
    jobs[job]?.state = state
    jobs[job]?.queue.removeAll()
    for token in record.chunks.flatMap(\.leases) {
      if let lease = detach(token) { actions.append(.leaseEnded(lease, .jobEnded)) }
    }
  }

  /// Removes a worker from all jobs that have a limit, so that another one may join them.
  mutating func leaveJobs(_ worker: WorkerID) {
    for job in jobs.keys where jobs[job]?.members.isEmpty == false { jobs[job]?.members.remove(worker) }
  }

  /// Takes a lease out of every table and returns it; the caller decides what becomes of its chunk.
  mutating func detach(_ token: LeaseToken) -> Lease? {
    guard let lease = leases.removeValue(forKey: token)?.lease else { return nil }
    workers[lease.worker]?.leases.remove(token)
    jobs[lease.job]?.chunks[lease.chunk].leases.removeAll { $0 == token }
    if let other = jobs[lease.job]?.chunks[lease.chunk].leases.first { leases[other]?.isShared = false }
    noneLateBefore = nil
    return lease
  }
}
