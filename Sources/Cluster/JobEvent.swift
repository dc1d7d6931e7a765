package import KVFormat
package import Scheduling

/// An event in the life of a job, for the reader of the job.
package enum JobEvent: Hashable, Sendable {
  /// A worker has taken a chunk.
  case leased(chunk: Int, worker: String, attempt: Int)
  /// Bytes of a chunk have arrived.
  case progress(chunk: Int, receivedBytes: Int, totalBytes: Int)
  /// A chunk is complete and checked. Its bytes are those of the lease's transfer.
  case committed(chunk: Int, lease: LeaseToken, report: ChunkReport)
  /// A lease on a chunk has failed; the chunk is worked on again.
  case retried(chunk: Int, reason: String)
  /// Every chunk is committed. The last event.
  case finished(JobSummary)
  /// The job has failed. The last event.
  case failed(JobFailure)
}

/// The origin of a committed chunk.
package struct ChunkReport: Hashable, Sendable {
  /// The worker that computed it, as in ``WorkerSnapshot/id``.
  package let worker: String
  /// The precision in which it was computed, as the worker names it; nil if it is not known.
  package let compute: String?
  /// The time from the worker's receipt of the lease to its last computed byte, in seconds.
  package let computeSeconds: Double
  /// The time from there to the end of the transfer, in seconds.
  package let wireSeconds: Double
  /// The digest of the sink's KV cache as the worker computed it.
  package let sinkDigest: UInt64
  /// The number of the lease that led to the result, from 1.
  package let attempt: Int
  /// The time at which the lease was granted, in seconds on the cluster's clock.
  package let leasedAt: Double
  /// The time at which the chunk was committed, in seconds on the same clock.
  package let committedAt: Double
  /// The codec on the wire.
  package let codec: KVCodec
  /// The bytes on the wire: the KV cache, coded, and the summary.
  package let wireBytes: Int
  /// True if the chunk was recorded before and not computed now.
  package let isReplayed: Bool

  package init(
    worker: String,
    compute: String?,
    computeSeconds: Double,
    wireSeconds: Double,
    sinkDigest: UInt64,
    attempt: Int,
    leasedAt: Double = 0,
    committedAt: Double = 0,
    codec: KVCodec,
    wireBytes: Int,
    isReplayed: Bool = false
  ) {
    self.worker = worker
    self.compute = compute
    self.computeSeconds = computeSeconds
    self.wireSeconds = wireSeconds
    self.sinkDigest = sinkDigest
    self.attempt = attempt
    self.leasedAt = leasedAt
    self.committedAt = committedAt
    self.codec = codec
    self.wireBytes = wireBytes
    self.isReplayed = isReplayed
  }
}

/// The totals of a finished job.
package struct JobSummary: Hashable, Sendable {
  /// The chunks committed.
  package let chunks: Int
  /// The tokens in them.
  package let tokens: Int
  /// Leases that ended without a result, superseded ones not counted.
  package let retries: Int
  /// Leases granted on a chunk that another worker already held.
  package let copies: Int

  package init(chunks: Int, tokens: Int, retries: Int, copies: Int) {
    self.chunks = chunks
    self.tokens = tokens
    self.retries = retries
    self.copies = copies
  }
}
