internal import APITypes
package import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import Recordings
internal import Tables

/// A measurement of a coordinator in this process by workers in another one, which replay recorded chunks.
package struct ReplayMeasurement: Sendable {
  /// A function that runs this program with some arguments to its end, and returns its standard output.
  package typealias OwnProgram = @Sendable (_ arguments: [String]) async throws -> String

  private let benchmark: ReplayBenchmark.Configuration
  private let speed: Double
  private let ownProgram: OwnProgram
  private let note: @Sendable (String) -> Void

  /// Prepares a measurement.
  ///
  /// - Parameters:
  ///   - benchmark: The measured job.
  ///   - speed: The factor that recorded times are multiplied by.
  ///   - ownProgram: Runs this program.
  ///   - note: Takes a line about every step.
  package init(
    _ benchmark: ReplayBenchmark.Configuration,
    speed: Double,
    ownProgram: @escaping OwnProgram,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.benchmark = benchmark
    self.speed = speed
    self.ownProgram = ownProgram
    self.note = note
  }

  /// Records chunks, in a process of its own, so that the model's memory is not counted as the coordinator's.
  ///
  /// - Parameter recorder: The chunks and their folder.
  /// - Throws: What the process throws.
  package func record(_ recorder: ChunkRecorder) async throws {
    _ = try await ownProgram(Self.arguments(of: recorder))
  }

  /// Replays the recorded chunks of a folder.
  ///
  /// - Parameter folder: The folder.
  /// - Returns: The report.
  /// - Throws: ``CommandFailure`` for a folder that cannot be used; what the benchmark and the processes throw.
  package func report(of folder: String) async throws -> ReplayReport {
    // The workers check the bytes; here the files are not to be counted as the coordinator's memory.
    let library = try RecordingLibrary.opened(folder, checksBytes: false)
    let recordings = library.chunks.values.map(\.recording).sorted { $0.key.description < $1.key.description }
    let simulation = ReplaySimulation(
      benchmark: benchmark,
      model: library.model,
      recordings: recordings,
      speed: speed
    )
    let job = try ReplayBenchmark(benchmark, model: library.model, recordings: recordings)
    let before = try await wireRate()
    note("replaying with \(Quantities.counted(benchmark.workers, "worker"))")
    let figures = try await job.run { address in
      _ = try await ownProgram(
        Self.workerArguments(benchmark, folder: folder, speed: speed, address: address)
      )
    }
    let wire = [before, try await wireRate()]
    return ReplayReport(figures, wire: wire, replaySpeed: speed, simulate: simulation.seconds)
  }

  /// The rate of `bench wire` in a process of its own, in 10^9 bytes a second.
  private func wireRate() async throws -> Double {
    try Self.wireRate(in: try await ownProgram(["bench", "wire", "--format", "json"]))
  }
}

extension ReplayMeasurement {
  /// The arguments of a process that records chunks.
  ///
  /// - Parameter recorder: The chunks and their folder.
  /// - Returns: The words behind `braid`.
  package static func arguments(of recorder: ChunkRecorder) -> [String] {
    [
      "bench", "replay", "--record-only", recorder.folder, "--recorded-chunks", "\(recorder.chunks)",
      "--chunk-tokens", "\(recorder.chunkTokens)", "--model", recorder.model.path,
      "--compute", recorder.model.compute.rawValue, "--summaries", recorder.summaries.rawValue,
    ]
  }

  /// The arguments of the process that replays.
  ///
  /// - Parameters:
  ///   - benchmark: The measured job.
  ///   - folder: The folder of recorded chunks.
  ///   - speed: The factor that recorded times are multiplied by.
  ///   - address: The coordinator's address.
  /// - Returns: The words behind `braid`.
  package static func workerArguments(
    _ benchmark: ReplayBenchmark.Configuration,
    folder: String,
    speed: Double,
    address: String
  ) -> [String] {
    [
      "worker", "--exit-with-parent", "--replay", folder, "--replicas", "\(benchmark.workers)",
      "--lanes", "\(benchmark.lanes)", "--replay-speed", "\(speed)", "--coordinator", address,
    ]
  }

  /// The rate that `bench wire` printed as JSON.
  ///
  /// - Parameter output: Its standard output.
  /// - Returns: 10^9 bytes a second.
  /// - Throws: `DecodingError` for anything else.
  package static func wireRate(in output: String) throws -> Double {
    struct Wire: Decodable {
      var gigabytes_per_second: Double
    }
    return try APIJSON.decode(Wire.self, from: output.utf8).gigabytes_per_second
  }
}
