internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Threads
package import Transformer

/// A benchmark of encoding on this machine's lanes alone, without a coordinator.
///
/// It encodes a document repeatedly, and measures the speed of matrix products before and after each time.
package actor EncodeBenchmark {
  private let model: Model
  private let sink: KVCache?
  private let sinkTokens: Int
  private let chunks: [[Int32]]
  private let encoder: InProcessEncoder
  /// The memory of each lane for one chunk, used again for the next.
  private let blocks: [AlignedBuffer]
  private let layers: [LinearLayer]
  private var repetitions: [Repetition] = []
  /// The most resident memory of the process until the document was encoded for the first time, in bytes.
  private var peak: Int?

  private struct Repetition {
    var seconds: Double
    var peak: GEMMPeak
  }

  /// Makes the lanes and reserves all memory that a repetition needs.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - tokens: The document.
  ///   - chunkTokens: Tokens of a chunk; the last one may have fewer.
  ///   - sink: The tokens before every chunk.
  ///   - lanes: The number of chunks encoded at a time, each on a processor of its own as far as there are
  ///     any.
  /// - Throws: ``ModelError`` for sizes that do not fit the model; errors of allocating memory and of
  ///   starting threads.
  package init(model: Model, tokens: [Int32], chunkTokens: Int, sink: [Int32], lanes: Int) async throws {
    let context = model.configuration.contextLength
    guard chunkTokens >= 1, sink.count + chunkTokens <= context else {
      throw ModelError(
        .badInput,
        "a chunk of \(chunkTokens) tokens behind a sink of \(sink.count) does not fit the model's \(context)"
      )
    }
    self.model = model
    sinkTokens = sink.count
    chunks = stride(from: 0, to: tokens.count, by: chunkTokens).map {
      Array(tokens[$0..<min($0 + chunkTokens, tokens.count)])
    }
    let width = model.configuration.embedding
    var reference: [LinearLayer] = []
    if model.compute.weights != model.compute.activations {
      let rows = [Float](repeating: 0.01, count: width * width)
      reference = [
        try LinearLayer(
          rows: rows,
          inputs: width,
          outputs: width,
          element: model.compute.activations,
          memory: WeightMemory()
        )
      ]
    }
    layers = try model.packedLayers() + reference
    encoder = try InProcessEncoder(
      model: model,
      kvType: .bf16,
      lanes: lanes,
      tokens: chunkTokens,
      processors: allowedProcessors()
    )
    self.sink = try await encoder.encodeSink(sink)
    let byteCount = KVCacheShape(chunkOf: model.configuration, tokens: chunkTokens, type: .bf16).byteCount
    // Each lane's thread touches its own block, so that no chunk pays for it and the memory is near the
    // thread.
    blocks = try await encoder.onEveryLane { _ in
      let block = try AlignedBuffer(byteCount: byteCount)
      block.mutableBytes.initializeMemory(as: UInt8.self, repeating: 1)
      return block
    }
  }

  /// Encodes the document once.
  ///
  /// - Parameter isWarmUp: True to discard the result.
  /// - Throws: Errors of encoding.
  package func repeatOnce(isWarmUp: Bool = false) async throws {
    let before = try await encoder.peak(of: layers)
    let seconds = try await encode(chunks).laneSeconds.max() ?? 0
    let after = try await encoder.peak(of: layers)
    if peak == nil { peak = ResidentMemory.peak }
    if !isWarmUp { repetitions.append(Repetition(seconds: seconds, peak: .mean([before, after]))) }
  }

  private func encode(_ chunks: [[Int32]], measuresStages: Bool = false) async throws
    -> InProcessEncoder.Outcome
  {
    let (configuration, blocks) = (model.configuration, blocks)
    return try await encoder.encode(
      chunks.map { .init($0) },
      behind: sink,
      measuresStages: measuresStages,
      memory: { lane, index in
        let shape = KVCacheShape(chunkOf: configuration, tokens: chunks[index].count, type: .bf16)
        return try KVCache(shape: shape, storage: blocks[lane])
      }
    )
  }

  /// The seconds of the latest repetition; 0 before the first.
  package var latestSeconds: Double { repetitions.last?.seconds ?? 0 }

  /// Makes the report on the repetitions, after encoding some chunks once more to time the stages.
  ///
  /// - Returns: The report.
  /// - Throws: Errors of encoding.
  package func report() async throws -> EncodeBenchmarkReport {
    let stages = try await stages()
    let roofline = EncodeRoofline(model: model, chunks: chunks.map(\.count), sink: sinkTokens)
    let tokens = chunks.reduce(0) { $0 + $1.count }
    let seconds = median(repetitions.map(\.seconds))
    let utilizations = repetitions.map {
      roofline.seconds(at: $0.peak) / (Double(encoder.laneCount) * $0.seconds)
    }
    return EncodeBenchmarkReport(
      tokens: tokens,
      chunkTokens: chunks.first?.count ?? 0,
      sinkTokens: sinkTokens,
      chunks: chunks.count,
      lanes: encoder.laneCount,
      compute: model.compute.rawValue,
      repetitions: repetitions.count,
      seconds: seconds,
      secondsFastest: repetitions.map(\.seconds).min() ?? 0,
      secondsSlowest: repetitions.map(\.seconds).max() ?? 0,
      tokensPerSecond: Double(tokens) / seconds,
      gflops: roofline.operations / seconds * 1e-9,
      gemmPeakGflops: median(repetitions.map { roofline.linearRate($0.peak) }),
      multiplyAddGflops: median(repetitions.map(\.peak.multiplyAdd)),
      flopsUtilization: median(utilizations),
      stages: stages.map { .init(stage: "\($0.stage)", share: $0.share) },
      onednn: onednnVersion,
      instructions: instructionSetName(),
      weightBytes: model.layerByteCount,
      peakBytes: peak ?? 0
    )
  }

  private func stages() async throws -> [(stage: Stage, share: Double)] {
    // Two chunks a lane are enough for the shares of the stages.
    let all = try await encode(Array(chunks.prefix(2 * encoder.laneCount)), measuresStages: true).stages
    return Stage.allCases.enumerated().map { index, stage in
      (stage, all.reduce(0) { $0 + $1[index].share } / Double(all.count))
    }
  }
}
