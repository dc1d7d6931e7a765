internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Memory
internal import Recordings
internal import Wire
internal import Worker

/// One job of recorded chunks, which are repeated up to the job's number of chunks.
struct ReplayRound: Sendable {
  /// The result of a round.
  struct Result: Hashable, Sendable {
    /// Chunks of the job.
    var chunks = 0
    /// The number of commits of each chunk.
    var commits: [Int] = []
    /// Bytes committed.
    var bytes = 0
    /// Tokens committed.
    var tokens = 0
    /// From the first lease to the end of the job, in seconds.
    var busySeconds = 0.0
    /// Leases that ended without a result, superseded ones not counted.
    var retries = 0
    /// Leases granted on a chunk that another worker already held.
    var copies = 0

    /// Chunks committed at least once.
    var committed: Int { commits.count { $0 > 0 } }
    /// Commits of chunks that had been committed before.
    var duplicates: Int { commits.reduce(0, +) - committed }
    /// Chunks never committed.
    var lost: Int { chunks - committed }
  }

  let recordings: [ChunkRecording]
  let chunks: Int
  /// True if every byte is compared with the recording, false if one layer of each chunk is.
  let comparesAll: Bool

  /// Runs the job.
  ///
  /// - Throws: ``ReplayBenchmark/Failure`` when the job fails, bytes differ from the recording, or a worker
  ///   does not replay.
  func run(over hub: WorkerHub, number: Int) async throws -> Result {
    let parts = (0..<chunks).map { recordings[$0 % recordings.count].assignment }
    guard let model = hub.identities.first else { throw BenchmarkError(.failed, "the hub has no model") }
    let job = HubJob(
      id: String(UInt128(1) << 126 | UInt128(number), radix: 16),
      sinkTokens: recordings.first?.assignment.sinkTokens ?? [],
      chunks: parts.map(\.tokens),
      leads: parts.map(\.leadTokens),
      kvType: model.kvType,
      shape: model.shape,
      summary: parts.first?.summary ?? .none,
      summaryByteCounts: parts.map(\.summaryByteCount).filter { $0 > 0 }
    )
    var result = Result(chunks: chunks, commits: Array(repeating: 0, count: chunks))
    var start = ContinuousClock.now
    var isWorking = false
    for await event in try hub.submit(job) {
      switch event {
      case .leased:
        if !isWorking { start = .now }
        isWorking = true
      case .committed(let chunk, let kv, let report):
        let recording = recordings[chunk % recordings.count]
        try check(kv, recording, chunk: chunk, report)
        result.commits[chunk] += 1
        result.bytes += kv.byteCount
        result.tokens += recording.assignment.tokens.count
      case .finished(let summary):
        result.busySeconds = (ContinuousClock.now - start) / .seconds(1)
        result.retries = summary.retries
        result.copies = summary.copies
      case .failed(let error): throw BenchmarkError(.failed, "the job failed: \(error)", cause: error)
      default: break
      }
    }
    try Task.checkCancellation()
    return result
  }

  private func check(
    _ kv: AlignedBuffer,
    _ recording: ChunkRecording,
    chunk: Int,
    _ report: ChunkReport
  ) throws {
    let sample = chunk % recording.layers.count
    let isIntact =
      comparesAll
      ? recording.firstDamagedLayer(of: kv.bytes) == nil && recording.isSummaryIntact(in: kv.bytes)
      : recording.isIntact(layer: sample, of: kv.bytes)
    guard isIntact else {
      throw BenchmarkError(.wrongResult, "chunk \(chunk) arrived with other bytes than were recorded")
    }
    guard report.isReplayed else {
      throw BenchmarkError(.wrongResult, "chunk \(chunk) came from a worker that does not replay")
    }
  }
}
