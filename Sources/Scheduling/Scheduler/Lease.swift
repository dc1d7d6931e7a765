/// The right to encode one chunk, given to one worker until it finishes, fails or is silent for too long.
package struct Lease: Hashable, Sendable {
  /// The fencing token, which the worker names in everything that it sends for this lease.
  package let token: LeaseToken

  /// The worker that holds the lease.
  package let worker: WorkerID

  /// The job that the chunk belongs to.
  package let job: JobID

  /// The chunk's index in its job.
  package let chunk: Int

  /// The number of this lease among all leases of its chunk, from 1.
  package let attempt: Int

  /// True if another worker held a lease on the same chunk when this one was granted.
  package let isSpeculative: Bool

  /// The time at which the lease was granted.
  package let grantedAt: Instant

  /// The time at which the lease ends unless the worker shows progress before.
  package let deadline: Instant
}

/// The answer to a worker that asks for a lease.
package enum LeaseDecision: Hashable, Sendable {
  /// Encode this chunk.
  case grant(Lease)

  /// Nothing to do now; ask again after ``SchedulerAction/workAvailable`` or the next tick.
  case wait

  /// The worker is draining and gets no more leases.
  case drain

  /// The scheduler does not know this worker (any more): it must register again.
  case unknownWorker
}

/// The reason why a lease did not lead to a stored chunk.
package enum FailureReason: Hashable, Sendable, CustomStringConvertible {
  /// The worker's connection broke.
  case workerLost

  /// The worker fell silent.
  case missedHeartbeats

  /// The worker left in good order while it held the lease.
  case workerLeft

  /// The worker never said that it had received the lease.
  case notAcknowledged

  /// No progress until the deadline.
  case deadlinePassed

  /// The connection that carried the chunk's bytes broke.
  case transferLost

  /// The worker or the receiver reported an error, in its own words.
  case reported(String)

  /// One clause for a person.
  package var description: String {
    switch self {
    case .workerLost: "the worker's connection was lost"
    case .missedHeartbeats: "the worker fell silent"
    case .workerLeft: "the worker left"
    case .notAcknowledged: "the worker did not confirm the lease"
    case .deadlinePassed: "no progress until the deadline"
    case .transferLost: "the transfer was interrupted"
    case .reported(let text): text
    }
  }

  /// True if the failure counts against the chunk; an orderly departure and a lease that was never confirmed
  /// do not.
  var countsAsAttempt: Bool {
    switch self {
    case .workerLeft, .notAcknowledged: false
    default: true
    }
  }
}

/// One failed attempt at a chunk.
package struct ChunkFailure: Hashable, Sendable, CustomStringConvertible {
  /// The chunk's index in its job.
  package let chunk: Int

  /// The number of the lease among all leases of its chunk, from 1.
  package let attempt: Int

  /// The worker that held the lease.
  package let worker: WorkerID

  /// The reason why the lease failed.
  package let reason: FailureReason

  /// One sentence for a person.
  package var description: String { "chunk \(chunk), attempt \(attempt) on \(worker): \(reason)" }
}

/// The reason why a lease ended without its result being stored.
package enum LeaseEnd: Hashable, Sendable {
  /// It failed; the chunk goes back to the queue unless another lease on it runs.
  case failed(FailureReason)

  /// Another lease on the same chunk finished first.
  case superseded

  /// Its job was cancelled or has failed.
  case jobEnded
}

/// An action that the caller must take after an event.
package enum SchedulerAction: Hashable, Sendable {
  /// A chunk has become free: answer the workers that wait.
  case workAvailable

  /// This lease is over: drop what was received for it. Its worker learns of it with its next heartbeat.
  case leaseEnded(Lease, LeaseEnd)

  /// This worker fell silent and is forgotten: treat its session as closed.
  case workerExpired(WorkerID)

  /// Every chunk of the job is stored.
  case jobCompleted(JobID)

  /// The job cannot be finished: one chunk failed too often, for these reasons, oldest first.
  case jobFailed(JobID, [ChunkFailure])
}

/// The decision on a chunk that has been received whole.
package enum CompletionDecision: Hashable, Sendable {
  /// Store it, then do the actions.
  case accepted([SchedulerAction])

  /// The lease is no longer valid: drop the chunk and tell the worker to go on.
  case superseded
}
