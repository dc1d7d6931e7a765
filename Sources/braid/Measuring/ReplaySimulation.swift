internal import Benchmarks
internal import KVFormat
internal import Recordings
internal import Scheduling
internal import Simulation
internal import Wire
internal import Worker

/// Simulates what `bench replay` measures: the same chunks on as many lanes that compute nothing, each worker
/// beside the others and not on shared cores.
struct ReplaySimulation: Sendable {
  var benchmark: ReplayBenchmark.Configuration
  var model: RecordedModel
  var recordings: [ChunkRecording]
  /// What recorded times are multiplied by.
  var speed: Double

  /// Encodes the job.
  ///
  /// - Parameter ingest: What the coordinator takes in at most, in 10^9 bytes a second.
  /// - Returns: From the first lease to the end, in seconds.
  func seconds(ingest: Double) -> Double {
    let parts = recordings.map(\.assignment)
    let chunks = (0..<benchmark.chunks(of: recordings)).map { index in
      let part = parts[index % parts.count]
      return SimulatedChunk(tokens: part.tokens.count, lead: part.leadTokens.count)
    }
    let rows = parts.reduce(0) { $0 + $1.tokens.count + $1.leadTokens.count }
    let tokens = parts.reduce(0) { $0 + $1.tokens.count }
    let recorded = recordings.reduce(0) { $0 + $1.report.computeSeconds }
    let costs = CostModel(
      secondsPerRow: recorded * speed / Double(max(1, rows)),
      secondsPerRowSquared: 0,
      layers: model.identity.shape.layers,
      // With their summaries: all chunks have about the same share of them.
      bytesPerToken: Double(parts.reduce(0) { $0 + $1.byteCount }) / Double(max(1, tokens)),
      ingestBytesPerSecond: max(ingest * 1e9, 1),
      sendSecondsPerByte: 0
    )
    var configuration = ClusterConfiguration(
      workers: benchmark.workers,
      lanes: benchmark.lanes,
      chunks: chunks,
      costs: costs,
      link: .loopback
    )
    if let budget = benchmark.transferBudgetBytes { configuration.figures.transferBudgetBytes = budget }
    var simulation = ClusterSimulation(configuration)
    return simulation.run().encodeSeconds
  }
}
