/// The sizes that define a decoder of the Llama kind: RMSNorm, rotary positions, grouped-query attention,
/// gated feed-forward.
package struct ModelConfiguration: Sendable, Hashable {
  /// The architecture's name in the model file, "llama" or "qwen2".
  package var architecture: String
  /// The model's own name, for people.
  package var name: String
  /// Decoder blocks.
  package var layers: Int
  /// Width of the residual stream.
  package var embedding: Int
  /// Width of the feed-forward.
  package var feedForward: Int
  /// Query heads.
  package var heads: Int
  /// Key and value heads; every `heads / kvHeads` query heads share one.
  package var kvHeads: Int
  /// Values per head.
  package var headDimension: Int
  /// Tokens in the vocabulary.
  package var vocabulary: Int
  /// The length in tokens for which the model was trained.
  package var contextLength: Int
  /// The term under the root of RMSNorm.
  package var normEpsilon: Float
  /// Rotary position embedding.
  package var rope: RotaryConfiguration

  package init(
    architecture: String,
    name: String,
    layers: Int,
    embedding: Int,
    feedForward: Int,
    heads: Int,
    kvHeads: Int,
    headDimension: Int,
    vocabulary: Int,
    contextLength: Int,
    normEpsilon: Float,
    rope: RotaryConfiguration
  ) {
    self.architecture = architecture
    self.name = name
    self.layers = layers
    self.embedding = embedding
    self.feedForward = feedForward
    self.heads = heads
    self.kvHeads = kvHeads
    self.headDimension = headDimension
    self.vocabulary = vocabulary
    self.contextLength = contextLength
    self.normEpsilon = normEpsilon
    self.rope = rope
  }

  /// Query heads that share one key and value head.
  package var group: Int { heads / kvHeads }
  /// Width of all query heads side by side.
  package var queryWidth: Int { heads * headDimension }
  /// Width of all key heads side by side, and of all value heads.
  package var kvWidth: Int { kvHeads * headDimension }
  /// Width of a row of queries, keys and values side by side.
  package var qkvWidth: Int { queryWidth + 2 * kvWidth }
}
