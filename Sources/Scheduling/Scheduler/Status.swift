/// The state of a job.
package enum JobState: Hashable, Sendable {
  /// Chunks are queued or leased. Next: any of the others.
  case running
  /// Every chunk is stored. Final.
  case completed
  /// One chunk failed too often, for these reasons. Final.
  case failed([ChunkFailure])
  /// The caller gave the job up. Final.
  case cancelled
}

/// One worker's share in a job.
package struct Contribution: Hashable, Sendable {
  /// Chunks stored.
  package var chunks = 0
  /// Tokens in those chunks.
  package var tokens = 0
  /// The sum of the times from grant to completion.
  package var leaseTime = Duration.zero
}

/// A job's figures at one moment.
package struct JobStatus: Hashable, Sendable {
  /// The job.
  package let job: JobID
  /// The job's state.
  package let state: JobState
  /// The number of its chunks.
  package let chunks: Int
  /// The number of its chunks that wait for a worker.
  package let queued: Int
  /// The number of its chunks that are being worked on.
  package let running: Int
  /// The number of its chunks that are stored.
  package let done: Int
  /// Tokens in all chunks.
  package let tokens: Int
  /// Tokens in the stored chunks.
  package let doneTokens: Int
  /// Leases that ended without a result, superseded ones not counted.
  package let retries: Int
  /// Leases granted on a chunk that was already being worked on.
  package let copies: Int
  /// Each worker's share.
  package let contributions: [WorkerID: Contribution]
}

/// A worker's figures at one moment.
package struct WorkerStatus: Hashable, Sendable {
  /// The worker.
  package let worker: WorkerID
  /// The number of chunks that it computes at a time.
  package let lanes: Int
  /// The time at which it registered.
  package let registeredAt: Instant
  /// The time of its latest sign of life.
  package let lastHeard: Instant
  /// True if it gets no more leases.
  package let isDraining: Bool
  /// The leases it holds, oldest first.
  package let leases: [Lease]
  /// Chunks it has stored.
  package let completed: Int
  /// Tokens in those chunks.
  package let completedTokens: Int
  /// Leases it lost by failure, silence or deadline.
  package let failed: Int
  /// Leases that ended because another worker finished the chunk first.
  package let superseded: Int
}

extension Scheduler {
  /// Returns the figures of a job, or nil when it is not known.
  ///
  /// - Complexity: O(chunks of the job).
  package func status(of job: JobID) -> JobStatus? {
    guard let record = jobs[job] else { return nil }
    var running = 0
    var tokens = 0
    for chunk in record.chunks {
      tokens += chunk.size
      if chunk.phase == .leased { running += 1 }
    }
    return JobStatus(
      job: job,
      state: record.state,
      chunks: record.chunks.count,
      queued: record.queue.count,
      running: running,
      done: record.done,
      tokens: tokens,
      doneTokens: record.doneTokens,
      retries: record.retries,
      copies: record.copies,
      contributions: record.contributions
    )
  }

  /// Returns the figures of a worker, or nil when it is not known.
  ///
  /// - Complexity: O(leases of the worker).
  package func status(of worker: WorkerID) -> WorkerStatus? {
    guard let record = workers[worker] else { return nil }
    return WorkerStatus(
      worker: worker,
      lanes: record.lanes,
      registeredAt: record.registeredAt,
      lastHeard: record.lastHeard,
      isDraining: record.isDraining,
      leases: record.leases.sorted().compactMap { leases[$0]?.lease },
      completed: record.completed,
      completedTokens: record.completedTokens,
      failed: record.failed,
      superseded: record.superseded
    )
  }

  /// Returns the number of leases that a worker holds; 0 for an unknown one.
  ///
  /// - Complexity: O(1).
  package func leaseCount(of worker: WorkerID) -> Int { workers[worker]?.leases.count ?? 0 }

  /// The jobs known, finished ones included until they are removed.
  package var jobIDs: [JobID] { Array(jobs.keys) }

  /// The workers known, in the order of their numbers.
  package var workerIDs: [WorkerID] { workers.keys.sorted { $0.rawValue < $1.rawValue } }

  /// Returns the live lease of this token, or nil when it is over.
  ///
  /// - Complexity: O(1).
  package func lease(_ token: LeaseToken) -> Lease? { leases[token]?.lease }
}
