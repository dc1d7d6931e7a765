package import KVFormat
package import Simulation
internal import Transformer

/// The model that the usual costs are those of: SmolLM2-135M.
package enum UsualModel {
  /// Tokens of its sink.
  package static let sinkTokens = 24
  /// The length for which it was trained.
  package static let contextTokens = 8192
  /// Sizes of chunks that are tried where the fastest is asked for.
  package static let triedChunkTokens = [256, 384, 512, 768, 1024, 1536, 2048, 4096]

  /// The size of its chunks' summaries.
  package static func summary(_ summaries: SummaryContent) -> SummarySize {
    SummarySize(summaries, KVCacheShape(layers: 30, kvHeads: 3, headDimension: 64, tokens: 0, type: .bf16))
  }
}
