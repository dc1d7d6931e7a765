package import Benchmarks
internal import KVFormat
package import Recordings
internal import Scheduling
package import Simulation
internal import Wire
internal import Worker

/// A simulation of the job that `bench replay` measures: the same chunks on as many lanes that compute nothing, each
/// worker beside the others and not on shared cores.
package struct ReplaySimulation: Sendable {
  /// The measured job.
  package var benchmark: ReplayBenchmark.Configuration
  /// The model that recorded the chunks.
  package var model: RecordedModel
  /// The recorded chunks.
  package var recordings: [ChunkRecording]
  /// The factor that recorded times are multiplied by.
  package var speed: Double

  /// A simulation from its parts.
  package init(
    benchmark: ReplayBenchmark.Configuration,
    model: RecordedModel,
    recordings: [ChunkRecording],
    speed: Double
  ) {
    self.benchmark = benchmark
    self.model = model
    self.recordings = recordings
    self.speed = speed
  }

  /// The chunks of the job, which repeat the recorded ones.
  package var chunks: [SimulatedChunk] {
    let parts = recordings.map(\.assignment)
    return (0..<benchmark.chunks(of: recordings)).map { index in
      let part = parts[index % parts.count]
      return SimulatedChunk(tokens: part.tokens.count, lead: part.leadTokens.count)
    }
  }

  /// The costs of the job.
  ///
  /// - Parameter ingest: The most that the coordinator takes in, in 10^9 bytes a second.
  /// - Returns: The costs, the recorded time spread evenly over the recorded rows.
  package func costs(ingest: Double) -> CostModel {
    let parts = recordings.map(\.assignment)
    let rows = parts.reduce(0) { $0 + $1.tokens.count + $1.leadTokens.count }
    let tokens = parts.reduce(0) { $0 + $1.tokens.count }
    let recorded = recordings.reduce(0) { $0 + $1.report.computeSeconds }
    return CostModel(
      secondsPerRow: recorded * speed / Double(max(1, rows)),
      secondsPerRowSquared: 0,
      layers: model.identity.shape.layers,
      // With their summaries: all chunks have about the same share of them.
      bytesPerToken: Double(parts.reduce(0) { $0 + $1.byteCount }) / Double(max(1, tokens)),
      ingestBytesPerSecond: max(ingest * 1e9, 1),
      sendSecondsPerByte: 0
    )
  }

  /// Encodes the job.
  ///
  /// - Parameter ingest: The most that the coordinator takes in, in 10^9 bytes a second.
  /// - Returns: From the first lease to the end, in seconds.
  package func seconds(ingest: Double) -> Double {
    var configuration = ClusterConfiguration(
      workers: benchmark.workers,
      lanes: benchmark.lanes,
      chunks: chunks,
      costs: costs(ingest: ingest),
      link: .loopback
    )
    if let budget = benchmark.transferBudgetBytes { configuration.figures.transferBudgetBytes = budget }
    var simulation = ClusterSimulation(configuration)
    return simulation.run().encodeSeconds
  }
}
