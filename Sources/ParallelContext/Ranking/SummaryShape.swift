package import KVFormat
package import Transformer

/// The sizes of a chunk's summary: `[summarised layer][kvHead]` of means, a sketch, a covariance and bounds per page.
package struct SummaryShape: Sendable, Hashable {
  /// Keys of a page of bounds, as in Quest (arXiv 2406.10774).
  package static let pageTokens = 16

  /// The parts that are there.
  package var content: SummaryContent
  /// The sizes of the chunk's KV cache. Layers that do not keep all of a chunk attend no chosen chunks, and have no
  /// summary.
  package var model: KVShape
  /// Tokens of the chunk.
  package var tokens: Int
  /// The pairing of the channels that RoPE rotates together.
  package var pairing: RotaryConfiguration.Pairing

  /// The sizes for a chunk whose cache has the given ones.
  ///
  /// - Parameters:
  ///   - cache: The sizes of the chunk's cache.
  ///   - pairing: The pairing of the channels that RoPE rotates together.
  ///   - content: The parts that are wanted.
  package init(_ cache: KVCacheShape, pairing: RotaryConfiguration.Pairing, content: SummaryContent) {
    self.content = content
    self.pairing = pairing
    model = cache.model
    tokens = cache.tokens
  }

  /// Decoder blocks.
  package var layers: Int { model.layers }
  /// Key and value heads.
  package var kvHeads: Int { model.kvHeads }
  /// Values per head.
  package var headDimension: Int { model.headDimension }
  /// True if a layer has a summary.
  package func isSummarised(layer: Int) -> Bool { model.keepsAll(layer: layer) }
  /// The number of layers before one, or of all for the number of layers, that have a summary.
  func summarisedLayers(before layer: Int) -> Int {
    model.keptTokens.isEmpty ? layer : (0..<layer).count { isSummarised(layer: $0) }
  }

  /// Pages of a chunk.
  package var pages: Int { (tokens + Self.pageTokens - 1) / Self.pageTokens }
  /// Bytes of the whole; 0 without content.
  package var byteCount: Int { summarisedLayers(before: layers) * kvHeads * headByteCount }

  /// Half the number of channels in a sketch, which has the slowest three eighths of the pairs that RoPE
  /// rotates.
  ///
  /// Pairs that turn fast tell mostly where a token stands, slow ones what it means (arXiv 2410.06205), so a
  /// question finds its passage by the slow ones alone; see docs/evaluation.md.
  package var sketchRun: Int { Self.sketchRun(headDimension: headDimension) }
  /// The same for heads of a dimension.
  static func sketchRun(headDimension: Int) -> Int { headDimension * 3 / 16 }
  /// The first channels of the two runs in a sketch; later pairs turn slower.
  package var sketchStarts: (Int, Int) {
    switch pairing {
    case .interleaved: (headDimension - 2 * sketchRun, headDimension - sketchRun)
    case .halves: (headDimension / 2 - sketchRun, headDimension - sketchRun)
    }
  }

  // One head: mean (f32), steps (f32), codes, and with `all` covariance (bf16) and bounds (bf16). Every part
  // is a multiple of four bytes.
  var stepsOffset: Int { 4 * headDimension }
  var codesOffset: Int { stepsOffset + 8 * sketchRun }
  var covarianceOffset: Int { codesOffset + (tokens * sketchRun + 3) / 4 * 4 }
  var boundsOffset: Int { covarianceOffset + 2 * headDimension * headDimension }
  /// Bytes of one head's summary.
  var headByteCount: Int {
    switch content {
    case .none: 0
    case .sketch: covarianceOffset
    case .all: boundsOffset + pages * 2 * headDimension * 2
    }
  }
}
