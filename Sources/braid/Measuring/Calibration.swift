internal import APITypes
internal import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import ParallelContext
internal import Runtime
internal import Simulation
internal import Tokenizers
internal import Transformer

/// What a calibration is made of.
struct CalibrationSetup: Sendable {
  var modelPath: String
  /// Chunks encoded at a time while encoding is measured.
  var lanes: Int
  var compute: PrecisionChoice
}

/// Measures what a simulation has to know, in a few seconds, by the benchmarks of the parts.
struct Calibration: Sendable {
  /// Rows of the chunks that encoding is measured with: about a short chunk, and a usual one with its lead.
  static let rows = (short: 512, long: 1280)
  fileprivate static let chunksPerLane = 2
  private static let wireBytes = 128 << 20

  fileprivate let short: EncodeBenchmark
  fileprivate let long: EncodeBenchmark
  fileprivate let configuration: ModelConfiguration

  /// Measures everything.
  ///
  /// - Parameters:
  ///   - summaries: Which summaries come with the chunks.
  ///   - console: Where it says what it does.
  /// - Returns: The costs.
  /// - Throws: What the benchmarks throw.
  func measure(summaries: SummaryContent, _ console: Console) async throws -> CostModel {
    console.note("calibrating")
    var costs = CostModel()
    costs.layers = configuration.layers
    let shape = KVCacheShape(configuration, tokens: 1, type: .bf16)
    costs.bytesPerToken = Double(shape.byteCount)
    costs.summary = SummarySize(summaries, shape)
    try await measureWire(&costs)
    let (short, long) = try await encode()
    costs.fitRows(short: (Self.rows.short, short), long: (Self.rows.long, long))
    return costs
  }

  /// Encodes some chunks of both lengths.
  ///
  /// - Returns: Seconds of a chunk of each, on a lane.
  func encode() async throws -> (short: Double, long: Double) {
    try await short.repeatOnce()
    try await long.repeatOnce()
    let chunks = Double(Self.chunksPerLane)
    return (await short.latestSeconds / chunks, await long.latestSeconds / chunks)
  }

  private func measureWire(_ costs: inout CostModel) async throws {
    var wire = WireBenchmark.Configuration()
    wire.bytes = Self.wireBytes
    wire.repetitions = 3
    let report = try await WireBenchmark(wire).run()
    costs.ingestBytesPerSecond = report.gigabytesPerSecond * 1e9
    // Both sides checksum and copy once.
    costs.sendSecondsPerByte = report.processorSecondsPerGigabyte * 0.5e-9
    // The benchmark's blocks are used again; a document's are not.
    costs.receiveSecondsPerByte = costs.sendSecondsPerByte + (try MemoryBenchmark.firstTouchSecondsPerByte())
  }
}

extension SummarySize {
  /// The size of the summaries of a model's chunks.
  ///
  /// - Parameters:
  ///   - summaries: Which summaries they are.
  ///   - shape: A KV cache of the model, of any length.
  init(_ summaries: SummaryContent, _ shape: KVCacheShape) {
    func size(_ tokens: Int) -> (tokens: Int, bytes: Int) {
      var shape = shape
      shape.tokens = tokens
      // The pairing does not change the size.
      return (
        tokens,
        SummaryShape(shape, pairing: .interleaved, content: summaries).byteCount
      )
    }
    self.init(short: size(1024), long: size(2048))
  }
}

/// Loads the model and makes the lanes.
func makeCalibration(_ setup: CalibrationSetup) async throws -> Calibration {
  let loaded = try await load(setup.modelPath, setup.compute, withHead: false)
  let tokenizer = try loaded.makeTokenizer()
  let sink = try PromptWriter(tokenizer: tokenizer).sink(nil)
  func benchmark(_ rows: Int) async throws -> EncodeBenchmark {
    let tokens = benchmarkTokens(rows * Calibration.chunksPerLane * setup.lanes, tokenizer)
    return try await EncodeBenchmark(
      model: loaded.model,
      tokens: tokens,
      chunkTokens: rows,
      sink: sink,
      lanes: setup.lanes
    )
  }
  do {
    return Calibration(
      short: try await benchmark(Calibration.rows.short),
      long: try await benchmark(Calibration.rows.long),
      configuration: loaded.model.configuration
    )
  } catch let error as ModelError {
    throw CommandFailure(.badInput, "\(error)")
  }
}
