internal import Benchmarks
internal import KVFormat
internal import Recordings
internal import Simulation
internal import Testing
internal import Wire
internal import Workbench
internal import Worker

@Suite("Simulations of a replay")
struct ReplaySimulationTests {
  private func recording(tokens: Int, lead: Int, bytes: Int, seconds: Double) -> ChunkRecording {
    ChunkRecording(
      key: .zero,
      model: .zero,
      assignment: ChunkAssignment(
        sinkTokens: [1],
        leadTokens: Array(repeating: 2, count: lead),
        tokens: Array(repeating: 3, count: tokens),
        positionBase: 1 + lead,
        kvByteCount: bytes
      ),
      report: EncodeReport(computeSeconds: seconds, sinkDigest: 0),
      layers: []
    )
  }

  /// Chunks of 120 and of 50 rows, 170 rows in 1.5 s.
  private func simulation(workers: Int, tokens: Int, speed: Double) -> ReplaySimulation {
    var benchmark = ReplayBenchmark.Configuration()
    benchmark.workers = workers
    benchmark.lanes = 1
    benchmark.tokens = tokens
    return ReplaySimulation(
      benchmark: benchmark,
      model: RecordedModel(
        identity: ModelIdentity(
          modelSHA256: "",
          tokenizerSHA256: "",
          rope: RopeSettings(theta: 10_000, dimensions: 64, kind: "interleaved"),
          kvType: .bf16,
          shape: KVShape(layers: 3, kvHeads: 1, headDimension: 64)
        ),
        compute: .bf16
      ),
      recordings: [
        recording(tokens: 100, lead: 20, bytes: 1000, seconds: 1.25),
        recording(tokens: 50, lead: 0, bytes: 500, seconds: 0.25),
      ],
      speed: speed
    )
  }

  @Test("The recorded chunks are repeated until the job has its tokens")
  func chunks() {
    // 75 tokens a chunk on average: three of them are 225.
    #expect(
      simulation(workers: 1, tokens: 200, speed: 1).chunks
        == [
          SimulatedChunk(tokens: 100, lead: 20), SimulatedChunk(tokens: 50),
          SimulatedChunk(tokens: 100, lead: 20),
        ]
    )
    #expect(simulation(workers: 1, tokens: 1, speed: 1).chunks == [SimulatedChunk(tokens: 100, lead: 20)])
  }

  @Test("Recorded times and bytes are spread over rows and tokens")
  func costs() {
    let costs = simulation(workers: 1, tokens: 200, speed: 2).costs(ingest: 0.5)
    #expect(costs.secondsPerRow == 3.0 / 170)
    #expect(costs.secondsPerRowSquared == 0)
    #expect(costs.bytesPerToken == 10)
    #expect(costs.layers == 3)
    #expect(costs.ingestBytesPerSecond == 5e8)
    #expect(costs.sendSecondsPerByte == 0)
    #expect(costs.summary == SummarySize(), "the bytes have it in them")
    #expect(simulation(workers: 1, tokens: 200, speed: 0).costs(ingest: 0).ingestBytesPerSecond == 1)
  }

  @Test("One worker takes the sum of the recorded times, three workers that of the longest chunk")
  func seconds() {
    let row = 1.5 / 170
    let one = simulation(workers: 1, tokens: 200, speed: 1).seconds(ingest: 1)
    #expect(one >= 290 * row && one < 290 * row + 0.1)
    let three = simulation(workers: 3, tokens: 200, speed: 1).seconds(ingest: 1)
    #expect(three >= 120 * row && three < 120 * row + 0.1)
    let atOnce = simulation(workers: 1, tokens: 200, speed: 0).seconds(ingest: 1)
    #expect(atOnce > 0 && atOnce < 0.1)
  }
}
