/// The state of a job.
public enum JobState: Hashable, Sendable {
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
public struct Contribution: Hashable, Sendable {
  /// Chunks stored.
  public var chunks = 0
  /// Tokens in those chunks.
  public var tokens = 0
  /// The sum of the times from grant to completion.
  public var leaseTime = Duration.zero
}

/// A job's figures at one moment.
public struct JobStatus: Hashable, Sendable {
  /// The job.
  public let job: JobID
  /// The job's state.
  public let state: JobState
  /// The number of its chunks.
  public let chunks: Int
  /// The number of its chunks that wait for a worker.
  public let queued: Int
  /// The number of its chunks that are being worked on.
  public let running: Int
  /// The number of its chunks that are stored.
  public let done: Int
  /// Tokens in all chunks.
  public let tokens: Int
  /// Tokens in the stored chunks.
  public let doneTokens: Int
  /// Leases that ended without a result, superseded ones not counted.
  public let retries: Int
  /// Leases granted on a chunk that was already being worked on.
  public let copies: Int
  /// Each worker's share.
  public let contributions: [WorkerID: Contribution]
}

/// A worker's figures at one moment.
public struct WorkerStatus: Hashable, Sendable {
  /// The worker.
  public let worker: WorkerID
  /// The number of chunks that it computes at a time.
  public let lanes: Int
  /// The time at which it registered.
  public let registeredAt: Instant
  /// The time of its latest sign of life.
  public let lastHeard: Instant
  /// True if it gets no more leases.
  public let isDraining: Bool
  /// The leases it holds, oldest first.
  public let leases: [Lease]
  /// Chunks it has stored.
  public let completed: Int
  /// Tokens in those chunks.
  public let completedTokens: Int
  /// Leases it lost by failure, silence or deadline.
  public let failed: Int
  /// Leases that ended because another worker finished the chunk first.
  public let superseded: Int
}

extension Scheduler {
  /// Returns the figures of a job, or nil when it is not known.
  ///
  /// - Complexity: O(chunks of the job).
  public func status(of job: JobID) -> JobStatus? {
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
  public func status(of worker: WorkerID) -> WorkerStatus? {
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
  public func leaseCount(of worker: WorkerID) -> Int { workers[worker]?.leases.count ?? 0 }

  /// The jobs known, finished ones included until they are removed.
  public var jobIDs: [JobID] { Array(jobs.keys) }

  /// The workers known, in the order of their numbers.
  public var workerIDs: [WorkerID] { workers.keys.sorted { $0.rawValue < $1.rawValue } }

  /// Returns the live lease of this token, or nil when it is over.
  ///
  /// - Complexity: O(1).
  public func lease(_ token: LeaseToken) -> Lease? { leases[token]?.lease }
}
