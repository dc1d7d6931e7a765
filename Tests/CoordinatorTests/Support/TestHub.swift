internal import Addresses
internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Logging
internal import Memory
internal import Scheduling
internal import Wire

/// A hub on free loopback ports with a small model, and jobs for it.
enum TestHub {
  static let shape = KVShape(layers: 4, kvHeads: 2, headDimension: 64)

  static var identity: ModelIdentity {
    ModelIdentity(
      modelSHA256: String(repeating: "ab", count: 32),
      tokenizerSHA256: String(repeating: "cd", count: 32),
      rope: RopeSettings(theta: 10_000, dimensions: 64, kind: "interleaved"),
      kvType: .bf16,
      shape: shape
    )
  }

  /// A model of the same sizes from another file.
  static var otherIdentity: ModelIdentity {
    var identity = identity
    identity.modelSHA256 = String(repeating: "ef", count: 32)
    return identity
  }

  /// Patient enough for a busy machine; tests about silence shorten it.
  static var configuration: HubConfiguration {
    var configuration = HubConfiguration(listen: .freePort, identities: [identity])
    configuration.policy.heartbeatPeriod = .seconds(5)
    configuration.policy.acknowledgementGrace = .seconds(10)
    configuration.policy.avoidance = .milliseconds(50)
    configuration.policy.speculationMinimumAge = .seconds(600)
    configuration.admissionWait = .milliseconds(50)
    configuration.deferral = .milliseconds(30)
    configuration.shutdownGrace = .seconds(5)
    return configuration
  }

  static var logger: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .warning
    return logger
  }

  /// Runs a hub while the body runs.
  static func running<Result: Sendable>(
    _ configuration: HubConfiguration = configuration,
    _ body: @escaping @Sendable (WorkerHub) async throws -> Result
  ) async throws -> Result {
    let hub = try WorkerHub(configuration: configuration, logger: logger)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        try await hub.run()
        return nil
      }
      group.addTask { try await body(hub) }
      defer { group.cancelAll() }
      for try await case let result? in group { return result }
      throw CancellationError()
    }
  }

  static let firstJob = "6f1c2d2e-0000-4000-8000-000000000001"

  /// Makes a job of chunks of the given lengths, every token unlike the next; with summaries of this many
  /// bytes each, if any.
  static func job(
    _ sizes: [Int],
    id: String = firstJob,
    model: ModelIndex = .first,
    wire: CodecChoice = .fixed(.bf16),
    summaries: [Int] = []
  ) -> HubJob {
    HubJob(
      id: id,
      model: model,
      sinkTokens: [1, 2, 3],
      chunks: sizes.enumerated().map { index, size in (0..<size).map { Int32(index * 1000 + $0) } },
      shape: shape,
      wire: wire,
      summary: summaries.isEmpty ? .none : .sketch,
      summaryByteCounts: summaries
    )
  }

  /// Returns the test workers' KV cache for some tokens: bytes that depend on every token and place.
  static func kv(of tokens: [Int32]) -> [UInt8] {
    let count = shape.byteCount(tokens: tokens.count, type: .bf16) ?? 0
    let seed = tokens.reduce(UInt32(17)) { $0 &* 31 &+ UInt32(bitPattern: $1) }
    return (0..<count).map { UInt8(truncatingIfNeeded: (UInt32($0) &* 2_654_435_761 &+ seed) >> 13) }
  }

  /// The bytes of their summary, unlike those of the KV.
  static func summary(of tokens: [Int32], byteCount: Int) -> [UInt8] {
    let seed = tokens.reduce(UInt32(byteCount)) { $0 &* 37 &+ UInt32(bitPattern: $1) }
    return (0..<byteCount).map { UInt8(truncatingIfNeeded: (UInt32($0) &* 2_246_822_519 &+ seed) >> 11) }
  }

  /// All bytes of a chunk of a job, plain.
  static func block(of job: HubJob, chunk: Int) -> [UInt8] {
    let tokens = job.chunks[chunk]
    let count = job.summaryByteCounts.isEmpty ? 0 : job.summaryByteCounts[chunk]
    return kv(of: tokens) + summary(of: tokens, byteCount: count)
  }
}

/// The events of a job's stream.
struct JobRecord: Sendable {
  var committed: [Int: [UInt8]] = [:]
  var reports: [Int: ChunkReport] = [:]
  var leased: [(chunk: Int, worker: String, attempt: Int)] = []
  var retried: [(chunk: Int, reason: String)] = []
  var progressEvents = 0
  var commits = 0
  var summary: JobSummary?
  var error: HubError?

  init(_ events: AsyncStream<HubEvent>) async {
    for await event in events { note(event) }
  }

  private mutating func note(_ event: HubEvent) {
    switch event {
    case .leased(let chunk, let worker, let attempt): leased.append((chunk, worker, attempt))
    case .progress: progressEvents += 1
    case .retried(let chunk, let reason): retried.append((chunk, reason))
    case .finished(let summary): self.summary = summary
    case .failed(let error): self.error = error
    case .committed(let chunk, let kv, let report):
      commits += 1
      committed[chunk] = Array(kv.bytes)
      reports[chunk] = report
    }
  }

  /// Returns true if every chunk of a job was committed once with the right bytes.
  func isWhole(_ job: HubJob) -> Bool {
    commits == job.chunks.count && summary != nil && error == nil
      && job.chunks.indices.allSatisfy { index in
        committed[index] == TestHub.block(of: job, chunk: index)
      }
  }
}
