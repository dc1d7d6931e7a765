internal import Benchmarks
package import KVFormat
internal import ParallelContext
internal import Runtime
package import Simulation
internal import Tokenizers
internal import Transformer

/// A measurement of the costs that a simulation has to know, in a few seconds, by the benchmarks of the parts.
package struct Calibration: Sendable {
  /// Rows of the chunks that encoding is measured with: about a short chunk, and a usual one with its lead.
  private static let rows = (short: 512, long: 1280)
  private static let chunksPerLane = 2
  private static let wireBytes = 128 << 20

  private let short: EncodeBenchmark
  private let long: EncodeBenchmark
  private let configuration: ModelConfiguration

  /// Loads the model and makes the lanes.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - lanes: Chunks encoded at a time while encoding is measured.
  /// - Throws: ``CommandFailure`` with code `badInput` for a model that cannot be used.
  package init(_ model: ModelChoice, lanes: Int) async throws {
    let loaded = try await model.load(for: ModelUse(answers: false, lanes: lanes))
    let tokenizer = try loaded.makeTokenizer()
    let sink = try PromptWriter(tokenizer: tokenizer).sink(nil)
    func benchmark(_ rows: Int) async throws -> EncodeBenchmark {
      try await EncodeBenchmark(
        model: loaded.model,
        tokens: BenchmarkText.tokens(rows * Self.chunksPerLane * lanes) { tokenizer.encode($0) },
        chunkTokens: rows,
        sink: sink,
        lanes: lanes
      )
    }
    (short, long) = try await reportingBadInput {
      (try await benchmark(Self.rows.short), try await benchmark(Self.rows.long))
    }
    configuration = loaded.model.configuration
  }

  /// Measures everything.
  ///
  /// - Parameters:
  ///   - summaries: The content of the summaries that come with the chunks.
  ///   - note: Takes a line about what is done.
  /// - Returns: The costs.
  /// - Throws: What the benchmarks throw.
  package func measure(summaries: SummaryContent, note: (String) -> Void) async throws -> CostModel {
    note("calibrating")
    var costs = CostModel()
    costs.layers = configuration.layers
    let shape = KVCacheShape(chunkOf: configuration, tokens: Self.rows.long, type: .bf16)
    costs.bytesPerToken = Double(shape.byteCount) / Double(Self.rows.long)
    costs.summary = SummarySize(summaries, shape)
    try await measureWire(&costs)
    let (short, long) = try await encode()
    costs.fitRows(short: (Self.rows.short, short), long: (Self.rows.long, long))
    return costs
  }

  /// Encodes some chunks of both lengths.
  ///
  /// - Returns: Seconds of a chunk of each, on a lane.
  private func encode() async throws -> (short: Double, long: Double) {
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
    costs.takeIn(
      gigabytesPerSecond: report.gigabytesPerSecond,
      processorSecondsPerGigabyte: report.processorSecondsPerGigabyte,
      firstTouchSecondsPerByte: try MemoryBenchmark.firstTouchSecondsPerByte()
    )
  }
}

extension CostModel {
  /// Takes the cost of bytes from measurements.
  ///
  /// - Parameters:
  ///   - gigabytesPerSecond: The rate of the wire, in 10^9 bytes a second.
  ///   - processorSecondsPerGigabyte: Computing time of both of its ends for 10^9 bytes.
  ///   - firstTouchSecondsPerByte: Seconds that a byte of new memory costs.
  package mutating func takeIn(
    gigabytesPerSecond: Double,
    processorSecondsPerGigabyte: Double,
    firstTouchSecondsPerByte: Double
  ) {
    ingestBytesPerSecond = gigabytesPerSecond * 1e9
    // Both sides checksum and copy once.
    sendSecondsPerByte = processorSecondsPerGigabyte * 0.5e-9
    // The benchmark's blocks are used again; a document's are not.
    receiveSecondsPerByte = sendSecondsPerByte + firstTouchSecondsPerByte
  }
}
