internal import DequeModule
internal import HeapModule

extension Scheduler {
  /// Answers a worker with a free lane that asks for a chunk.
  ///
  /// Jobs take turns. A worker gets chunks of the models that it has. A chunk that this worker has failed before is kept for another worker for some time. If
  /// no job that the worker may share has a queued chunk, the worker may get a copy of a lease that takes
  /// much longer than usual.
  ///
  /// The request may have waited for long, so it is no sign that the worker is alive: report a heartbeat when
  /// it arrives.
  ///
  /// - Complexity: O(jobs + queued chunks that are kept from this worker × workers), and O(leases) when the
  ///   queues are empty and a lease is late, or leases have changed since the last search for a late one.
  package mutating func leaseRequested(by worker: WorkerID, at now: Instant) -> LeaseDecision {
    guard let record = workers[worker] else { return .unknownWorker }
    if record.isDraining { return .drain }
    guard record.leases.count < record.lanes * policy.leasesPerLane else { return .wait }

    var place = 0
    while place < rotation.count {
      let job = rotation[place]
      guard jobs[job]?.queue.isEmpty == false else {
        rotation.remove(at: place)
        continue
      }
      guard jobs[job]?.takes(worker, record) == true,
        let position = jobs[job]?.queue.firstIndex(where: { isFree($0, of: job, for: worker, at: now) }),
        // Nothing else holds the queue now, so it is changed in place.
        let chunk = jobs[job]?.queue.remove(at: position)
      else {
        place += 1
        continue
      }
      // The jobs before it, which this worker cannot have, keep their turn for those that can.
      rotation.remove(at: place)
      rotation.append(job)
      jobs[job]?.chunks[chunk].phase = .leased
      return .grant(grant(chunk, of: job, to: worker, isSpeculative: false, at: now))
    }
    let isWanted = jobs.values.contains { !$0.queue.isEmpty && $0.takes(worker, record) }
    guard !isWanted, let slow = slowestLease(for: worker, at: now) else { return .wait }
    jobs[slow.job]?.copies += 1
    return .grant(grant(slow.chunk, of: slow.job, to: worker, isSpeculative: true, at: now))
  }

  /// Notes that bytes of a lease have been received, and that its worker is alive.
  ///
  /// The lease's deadline moves if the bytes are more than before, end a wait or are the lease's first sign.
  ///
  /// - Parameters:
  ///   - token: The lease.
  ///   - bytesReceived: The bytes received so far.
  ///   - now: The time.
  /// - Returns: True if the lease is still valid; if not, the transfer must be refused as superseded.
  /// - Complexity: O(1).
  package mutating func progress(_ token: LeaseToken, bytesReceived: Int, at now: Instant) -> Bool {
    guard var record = leases[token] else { return false }
    workers[record.lease.worker]?.lastHeard = now
    if !record.isAcknowledged || bytesReceived > record.bytesReceived || record.waitingSince != nil {
      // Its age stood still while it waited, so it may now become late before all others.
      if record.waitingSince != nil { noneLateBefore = nil }
      record.goOn(at: now)
      record.progressAt = now
      record.isAcknowledged = true
      record.bytesReceived = max(record.bytesReceived, bytesReceived)
      record.expiry = now + policy.progressTimeout
      leases[token] = record
    }
    return true
  }

  /// Notes that the receiver makes a lease's worker wait before it sends.
  ///
  /// The lease's deadline moves. Its age stands still until its next progress, since the worker is not the
  /// cause of the delay.
  ///
  /// - Returns: True if the lease is still valid; if not, the transfer must be refused as superseded.
  /// - Complexity: O(1).
  package mutating func deferred(_ token: LeaseToken, at now: Instant) -> Bool {
    guard let worker = leases[token]?.lease.worker else { return false }
    workers[worker]?.lastHeard = now
    leases[token]?.isAcknowledged = true
    leases[token]?.expiry = now + policy.progressTimeout
    if leases[token]?.waitingSince == nil { leases[token]?.waitingSince = now }
    return true
  }

  /// Ends a lease whose chunk has been received whole and checked.
  ///
  /// - Returns: The decision whether to store the chunk. Of all leases on it exactly one is ever accepted.
  /// - Complexity: O(1).
  package mutating func completed(_ token: LeaseToken, at now: Instant) -> CompletionDecision {
    let worked = leases[token]?.age(at: now)
    guard let lease = detach(token), let chunk = jobs[lease.job]?.chunks[lease.chunk] else {
      return .superseded
    }
    let duration = lease.grantedAt.duration(to: now)
    workers[lease.worker]?.lastHeard = now
    workers[lease.worker]?.completed += 1
    workers[lease.worker]?.completedTokens += chunk.size
    jobs[lease.job]?.chunks[lease.chunk].phase = .done
    jobs[lease.job]?.done += 1
    jobs[lease.job]?.doneTokens += chunk.size
    jobs[lease.job]?.contributions[lease.worker, default: Contribution()].add(tokens: chunk.size, duration)
    if let model = jobs[lease.job]?.model { recordPace(worked ?? duration, tokens: chunk.size, of: model) }

    var actions: [SchedulerAction] = []
    for other in chunk.leases {
      guard let loser = detach(other) else { continue }
      workers[loser.worker]?.superseded += 1
      actions.append(.leaseEnded(loser, .superseded))
    }
    if let job = jobs[lease.job], job.done == job.chunks.count {
      jobs[lease.job]?.state = .completed
      actions.append(.jobCompleted(lease.job))
    }
    return .accepted(actions)
  }

  /// Ends a lease that its worker, or the receiver of its bytes, gives up.
  ///
  /// If the lease is over already, nothing changes.
  ///
  /// - Complexity: O(1), and O(chunks of the job) if the job fails with it.
  package mutating func failed(_ token: LeaseToken, reason: String, at now: Instant) -> [SchedulerAction] {
    var actions: [SchedulerAction] = []
    fail(token, reason: .reported(reason), at: now, &actions)
    return actions
  }

  /// Ends a lease after the connection that carried its bytes has broken.
  ///
  /// - Complexity: As ``failed(_:reason:at:)``.
  package mutating func transferLost(_ token: LeaseToken, at now: Instant) -> [SchedulerAction] {
    var actions: [SchedulerAction] = []
    fail(token, reason: .transferLost, at: now, &actions)
    return actions
  }

  /// Ends a lease that failed. Unless a copy of it runs, its chunk returns to the front of the queue, or its
  /// job fails.
  mutating func fail(
    _ token: LeaseToken,
    reason: FailureReason,
    at now: Instant,
    _ actions: inout [SchedulerAction]
  ) {
    guard let lease = detach(token), var chunk = jobs[lease.job]?.chunks[lease.chunk] else { return }
    actions.append(.leaseEnded(lease, .failed(reason)))
    jobs[lease.job]?.retries += 1
    if workers[lease.worker] != nil {
      workers[lease.worker]?.failed += 1
      chunk.avoided.insert(lease.worker)
      chunk.avoidedUntil = now + policy.avoidance
    }
    if reason.countsAsAttempt {
      chunk.failures.append(
        ChunkFailure(chunk: lease.chunk, attempt: lease.attempt, worker: lease.worker, reason: reason)
      )
    }
    if chunk.leases.isEmpty { chunk.phase = .queued }
    jobs[lease.job]?.chunks[lease.chunk] = chunk

    // While a copy runs, the chunk may still be saved.
    guard chunk.leases.isEmpty else { return }
    if chunk.failures.count >= policy.maximumAttempts {
      end(lease.job, state: .failed(chunk.failures), &actions)
      actions.append(.jobFailed(lease.job, chunk.failures))
    } else {
      if jobs[lease.job]?.queue.isEmpty == true, !rotation.contains(lease.job) { rotation.append(lease.job) }
      jobs[lease.job]?.queue.prepend(lease.chunk)
      actions.append(.workAvailable)
    }
  }

  private mutating func grant(
    _ chunk: Int,
    of job: JobID,
    to worker: WorkerID,
    isSpeculative: Bool,
    at now: Instant
  ) -> Lease {
    let token = LeaseToken(rawValue: nextToken)
    nextToken += 1
    jobs[job]?.chunks[chunk].grants += 1
    let other = jobs[job]?.chunks[chunk].leases.first
    if let other { leases[other]?.isShared = true }
    jobs[job]?.chunks[chunk].leases.append(token)
    if jobs[job]?.workerLimit != nil { jobs[job]?.members.insert(worker) }
    workers[worker]?.leases.insert(token)
    let lease = Lease(
      token: token,
      worker: worker,
      job: job,
      chunk: chunk,
      attempt: jobs[job]?.chunks[chunk].grants ?? 1,
      isSpeculative: isSpeculative,
      grantedAt: now,
      deadline: now + policy.progressTimeout
    )
    let expiry = now + policy.acknowledgementGrace
    var record = LeaseRecord(
      lease: lease,
      size: jobs[job]?.chunks[chunk].size ?? 0,
      model: jobs[job]?.model ?? .first,
      expiry: expiry
    )
    record.isShared = other != nil
    leases[token] = record
    noneLateBefore = nil
    expiries.insert(ExpiryEntry(at: expiry, token: token))
    return lease
  }

  /// Returns true if the worker may get the queued chunk now: it has not failed the chunk, the chunk is no
  /// longer kept for others, or there is no other worker that may have it.
  private func isFree(_ index: Int, of job: JobID, for worker: WorkerID, at now: Instant) -> Bool {
    guard let record = jobs[job], record.chunks[index].avoided.contains(worker),
      now < record.chunks[index].avoidedUntil
    else {
      return true
    }
    let avoided = record.chunks[index].avoided
    return !workers.contains { id, other in
      !other.isDraining && !avoided.contains(id) && record.takes(id, other)
    }
  }
}

extension Contribution {
  fileprivate mutating func add(tokens: Int, _ duration: Duration) {
    chunks += 1
    self.tokens += tokens
    leaseTime += duration
  }
}
