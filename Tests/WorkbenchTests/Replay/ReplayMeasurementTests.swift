internal import Benchmarks
internal import KVFormat
internal import Testing
internal import Workbench

@Suite("Processes of a replay")
struct ReplayMeasurementTests {
  @Test("One process records, with everything that it is told")
  func recording() {
    let recorder = ChunkRecorder(
      model: ModelChoice(path: "/m.gguf", compute: .fixed(.int8), threads: 1),
      folder: "/tmp/r",
      chunks: 8,
      chunkTokens: 1024,
      summaries: .all
    )
    #expect(
      ReplayMeasurement.arguments(of: recorder) == [
        "bench", "replay", "--record-only", "/tmp/r", "--recorded-chunks", "8", "--chunk-tokens", "1024",
        "--model", "/m.gguf", "--compute", "int8", "--summaries", "all",
      ]
    )
  }

  @Test("Another process is all workers")
  func workers() {
    var benchmark = ReplayBenchmark.Configuration()
    benchmark.workers = 64
    benchmark.lanes = 8
    let arguments = ReplayMeasurement.workerArguments(
      benchmark,
      folder: "/tmp/r",
      speed: 0.5,
      address: "tcp://127.0.0.1:4711"
    )
    #expect(
      arguments == [
        "worker", "--exit-with-parent", "--replay", "/tmp/r", "--replicas", "64", "--lanes", "8",
        "--replay-speed", "0.5", "--coordinator", "tcp://127.0.0.1:4711",
      ]
    )
  }

  @Test("The wire's rate is read out of what bench wire prints")
  func wireRate() throws {
    let output = #"{"bytes": 1, "gigabytes_per_second": 2.5, "transport": "tcp"}"#
    #expect(try ReplayMeasurement.wireRate(in: output + "\n") == 2.5)
    #expect(throws: (any Error).self) { try ReplayMeasurement.wireRate(in: "{}") }
    #expect(throws: (any Error).self) { try ReplayMeasurement.wireRate(in: "") }
  }
}
