internal import Addresses
internal import Cluster
internal import Coordinator
internal import Logging
internal import Memory
package import Recordings
internal import Wire
internal import Worker

/// A benchmark of the rate at which a coordinator receives keys and values from many workers at once. The
/// workers replay recorded chunks over real sockets.
///
/// The hub runs in this process, the workers in another one. In a first round, which is not measured, every
/// byte is compared with the recording. In the measured round one layer of every chunk is compared, and the
/// hub checks every frame as always.
package struct ReplayBenchmark: Sendable {
  /// The settings of a measurement.
  package struct Configuration: Hashable, Sendable {
    /// The number of workers, each with connections of its own.
    package var workers = 64
    /// The number of lanes of each worker.
    package var lanes = 8
    /// Tokens of the measured round, rounded up to whole chunks.
    package var tokens = 1 << 20
    /// The most bytes of unfinished transfers that the coordinator holds; nil for its usual limit.
    package var transferBudgetBytes: Int?

    /// Makes the default configuration.
    package init() {}

    /// Returns the number of chunks of the measured round, which repeats the recorded ones.
    package func chunks(of recordings: [ChunkRecording]) -> Int {
      let recorded = recordings.reduce(0) { $0 + $1.assignment.tokens.count }
      let mean = max(1, recorded / max(1, recordings.count))
      return max(1, (tokens + mean - 1) / mean)
    }

    /// The error in the configuration, as a sentence that begins with a flag; nil if there is none.
    package var problem: String? {
      guard 1...1024 ~= workers else { return "--workers is \(workers): it must lie between 1 and 1024." }
      guard 1...1024 ~= lanes else { return "--lanes is \(lanes): it must lie between 1 and 1024." }
      guard 1...(1 << 28) ~= tokens else { return "--tokens is \(tokens): it must lie between 1 and 2^28." }
      return nil
    }
  }

  /// The most chunks of a job: each takes some hundred bytes.
  private static let mostChunks = 1 << 20

  private let configuration: Configuration
  private let model: RecordedModel
  private let recordings: [ChunkRecording]

  /// Prepares a measurement.
  ///
  /// - Parameters:
  ///   - configuration: What to run.
  ///   - model: What recorded the chunks.
  ///   - recordings: The chunks that the workers replay; all were read behind the same sink and have the same
  ///     kind of summary.
  /// - Throws: ``BenchmarkError`` when that cannot be.
  package init(
    _ configuration: Configuration,
    model: RecordedModel,
    recordings: [ChunkRecording]
  ) throws(BenchmarkError) {
    if let problem = configuration.problem { throw BenchmarkError(.badConfiguration, problem) }
    guard let sink = recordings.first?.assignment.sinkTokens,
      recordings.allSatisfy({ $0.assignment.sinkTokens == sink })
    else {
      throw BenchmarkError(
        .badConfiguration,
        "the recorded chunks do not stand behind one sink: record them together"
      )
    }
    guard Set(recordings.map(\.assignment.summary)).count == 1 else {
      throw BenchmarkError(
        .badConfiguration,
        "the recorded chunks have different summaries: record them together"
      )
    }
    let chunks = configuration.chunks(of: recordings)
    guard chunks <= Self.mostChunks else {
      throw BenchmarkError(
        .badConfiguration,
        "--tokens is \(configuration.tokens): in chunks as they were recorded these are \(chunks) chunks, "
          + "and \(Self.mostChunks) is the most"
      )
    }
    self.configuration = configuration
    self.model = model
    self.recordings = recordings
  }

  /// Runs the measurement.
  ///
  /// - Parameter work: Runs the workers against the coordinator at this address until it is cancelled.
  /// - Returns: The figures.
  /// - Throws: ``BenchmarkError`` when workers do not come or bytes arrive wrong; what `work` throws; errors of the
  ///   hub; `CancellationError`.
  package func run(
    work: @escaping @Sendable (_ address: String) async throws -> Void
  ) async throws -> ReplayFigures {
    var hubConfiguration = HubConfiguration(listen: .freePort, identities: [model.identity])
    if let budget = configuration.transferBudgetBytes { hubConfiguration.transferBudgetBytes = budget }
    let budget = hubConfiguration.memoryBudgetBytes(workers: configuration.workers)
    let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let hub = try WorkerHub(configuration: hubConfiguration, logger: logger)
    return try await withThrowingTaskGroup(of: ReplayFigures?.self) { group in
      group.addTask {
        try await hub.run()
        return nil
      }
      group.addTask {
        try await work(hub.boundAddress)
        return nil
      }
      group.addTask { try await measure(hub, budgetBytes: budget) }
      defer { group.cancelAll() }
      for try await case let figures? in group { return figures }
      throw CancellationError()
    }
  }

  private func measure(_ hub: WorkerHub, budgetBytes: Int) async throws -> ReplayFigures {
    let deadline = ContinuousClock.now + .seconds(60)
    while hub.workers().count(where: { $0.state == .connected }) < configuration.workers {
      guard ContinuousClock.now < deadline else {
        throw BenchmarkError(.noWorkers, "not all of the \(configuration.workers) workers came within 60 s")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    let resting = ResidentMemory.now
    let chunkCount = configuration.chunks(of: recordings)
    let most = min(max(recordings.count * 2, configuration.workers), chunkCount)
    let warmUp = ReplayRound(recordings: recordings, chunks: most, comparesAll: true)
    _ = try await warmUp.run(over: hub, number: 1)
    let round = ReplayRound(recordings: recordings, chunks: chunkCount, comparesAll: false)
    hub.resetLeaseLatencies()
    let usage = HardwareLimits.processorSeconds()
    let result = try await round.run(over: hub, number: 2)
    let processorSeconds = HardwareLimits.processorSeconds() - usage
    let latencies = hub.leaseLatencies
    return ReplayFigures(
      workers: configuration.workers,
      lanes: configuration.lanes,
      round: result,
      leases: .init(
        count: latencies.service.count,
        p50Seconds: latencies.service.quantile(0.5),
        p99Seconds: latencies.service.quantile(0.99),
        waitP50Seconds: latencies.wait.quantile(0.5),
        waitP99Seconds: latencies.wait.quantile(0.99)
      ),
      processorSeconds: processorSeconds,
      peakResidentBytes: ResidentMemory.peak,
      memoryBudgetBytes: budgetBytes + resting
    )
  }
}
