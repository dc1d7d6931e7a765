internal import Addresses
internal import Cluster
internal import Coordinator
internal import Glibc
internal import KVFormat
internal import Recordings
internal import Testing
internal import Wire
internal import Worker

/// Replaying workers against the real hub.
@Suite(.timeLimit(.minutes(1)))
struct ReplayTests {
  private static let digest: ContentDigest.Function = { content in
    let parts = (0..<8).map { seed in content.withUnsafeBytes { Checksum.crc32c($0, after: UInt32(seed)) } }
    let bytes = parts.flatMap { part in withUnsafeBytes(of: part.littleEndian) { Array($0) } }
    return ContentDigest(bytes) ?? ContentDigest.zero
  }

  /// Records the chunks of a job, whose layers were ready this many seconds after the start.
  private func record(
    _ job: HubJob,
    layerSeconds: [Double] = [0.01, 0.02, 0.03, 0.04]
  ) throws -> RecordingLibrary {
    var template = Array("/tmp/braid-replay-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let model = RecordedModel(identity: TestHub.identity, compute: .bf16)
    let folder = try RecordingFolder(path: path, model: model, digest: Self.digest)
    for (index, tokens) in job.chunks.enumerated() {
      let summaryBytes = job.summaryByteCounts.isEmpty ? 0 : job.summaryByteCounts[index]
      try TestHub.block(of: job, chunk: index).withUnsafeBytes { bytes in
        try folder.write(
          ChunkAssignment(
            sinkTokens: job.sinkTokens,
            tokens: tokens,
            positionBase: job.sinkTokens.count,
            kvByteCount: bytes.count - summaryBytes,
            summary: job.summary,
            summaryByteCount: summaryBytes
          ),
          bytes: bytes,
          report: EncodeReport(computeSeconds: layerSeconds.max() ?? 0, sinkDigest: 7),
          layerSeconds: layerSeconds
        )
      }
    }
    let library = try RecordingLibrary(path: path, digest: Self.digest)
    // Mapped files stay readable after they are removed.
    for key in library.chunks.keys { unlink("\(path)/\(key).kv") }
    unlink("\(path)/model")
    rmdir(path)
    return library
  }

  private func start(
    _ address: String,
    _ source: ReplaySource,
    workers: Int,
    lanes: Int
  ) throws -> [Task<Void, any Error>] {
    try (1...workers).map { index in
      var configuration = WorkerConfiguration(
        coordinator: try CoordinatorAddress(parsing: address),
        lanes: lanes,
        identities: [source.library.model.identity],
        compute: source.library.model.compute,
        name: "replay \(index)"
      )
      configuration.frameBytes = ScriptedWorker.frameBytes
      let worker = try WorkerService(
        configuration: configuration,
        logger: TestHub.logger,
        replaying: source
      )
      return Task { try await worker.run() }
    }
  }

  @Test(arguments: [[], (0..<40).map { 1 + $0 * 3000 }])
  func recordedChunksAreSentAndMarked(summaries: [Int]) async throws {
    let job = TestHub.job((0..<40).map { 60 + $0 }, summaries: summaries)
    let library = try record(job)
    try await TestHub.running { hub in
      let workers = try start(hub.boundAddress, ReplaySource(library), workers: 3, lanes: 4)
      defer { for worker in workers { worker.cancel() } }
      try await TestWorker.wait { hub.workers().count == 3 }
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job))
      #expect(record.reports.values.allSatisfy { $0.isReplayed && $0.computeSeconds == 0.04 })
      #expect(hub.workers().allSatisfy { $0.isReplay })
      let latencies = hub.leaseLatencies
      #expect(latencies.service.count == 40 && latencies.wait.count == 40)
      #expect(latencies.service.quantile(0.5) > 0)
      #expect(latencies.wait.quantile(0.5) >= latencies.service.quantile(0.5))
    }
  }

  /// A layer becomes ready at its time, so that sending overlaps with what is left of the chunk.
  @Test func bytesArriveAtTheRecordedTimes() async throws {
    let job = TestHub.job([600])
    // The last layer comes so late that a busy machine's delays do not matter.
    let library = try record(job, layerSeconds: [0.02, 0.04, 0.06, 3])
    try await TestHub.running { hub in
      let workers = try start(hub.boundAddress, ReplaySource(library), workers: 1, lanes: 1)
      defer { for worker in workers { worker.cancel() } }
      try await TestWorker.wait { hub.workers().count == 1 }
      var half: ContinuousClock.Instant?
      var end: ContinuousClock.Instant?
      let start = ContinuousClock.now
      for await event in try hub.submit(job) {
        switch event {
        case .progress(_, let received, let total) where received >= total / 2: half = half ?? .now
        case .committed: end = .now
        default: break
        }
      }
      #expect(try #require(end) - start >= .seconds(3))
      #expect(try #require(half) - start < .seconds(2))
    }
  }

  @Test func aChunkThatWasNotRecordedFailsItsJobAndSaysSo() async throws {
    let library = try record(TestHub.job([50]))
    try await TestHub.running { hub in
      let workers = try start(hub.boundAddress, ReplaySource(library), workers: 1, lanes: 1)
      defer { for worker in workers { worker.cancel() } }
      let record = await JobRecord(try hub.submit(TestHub.job([51])))
      #expect(record.commits == 0)
      #expect(
        record.error?.message.contains("was not recorded") == true,
        "\(String(describing: record.error))"
      )
    }
  }

  @Test func aSummaryThatWasNotRecordedFailsTheJob() async throws {
    let library = try record(TestHub.job([50], summaries: [100]))
    try await TestHub.running { hub in
      let source = ReplaySource(library, takesStandIns: true, timeFactor: 0)
      let workers = try start(hub.boundAddress, source, workers: 1, lanes: 1)
      defer { for worker in workers { worker.cancel() } }
      for (index, summaries) in [[], [101]].enumerated() {
        let id = "6f1c2d2e-0000-4000-8000-00000000001\(index)"
        let record = await JobRecord(try hub.submit(TestHub.job([50], id: id, summaries: summaries)))
        #expect(record.commits == 0)
        #expect(record.error?.message.contains("with such a summary") == true)
      }
    }
  }

  @Test func aStandInIsTakenWhereThatWasAskedFor() async throws {
    let library = try record(TestHub.job([50]))
    try await TestHub.running { hub in
      let source = ReplaySource(library, takesStandIns: true, timeFactor: 0)
      let workers = try start(hub.boundAddress, source, workers: 1, lanes: 1)
      defer { for worker in workers { worker.cancel() } }
      let other = HubJob(
        id: TestHub.firstJob,
        sinkTokens: [4],
        chunks: [[Int32](repeating: 9, count: 50)],
        shape: TestHub.shape
      )
      let record = await JobRecord(try hub.submit(other))
      #expect(record.committed[0] == TestHub.kv(of: Array(0..<50)))
      #expect(record.summary != nil && record.reports[0]?.isReplayed == true)
    }
  }

  /// Far more lanes than memory for their chunks: every one gets its turn and no chunk is sent twice.
  @Test func manyLanesShareASmallBudget() async throws {
    let job = TestHub.job((0..<200).map { 100 + $0 % 7 })
    let library = try record(job)
    var configuration = TestHub.configuration
    // Two chunks of about 210,000 bytes.
    configuration.transferBudgetBytes = 450_000
    try await TestHub.running(configuration) { hub in
      let source = ReplaySource(library, timeFactor: 0)
      let workers = try start(hub.boundAddress, source, workers: 8, lanes: 8)
      defer { for worker in workers { worker.cancel() } }
      try await TestWorker.wait { hub.workers().count == 8 }
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job))
      #expect(record.summary?.retries == 0)
      #expect(Set(record.reports.values.map(\.worker)).count == 8)
    }
  }
}
