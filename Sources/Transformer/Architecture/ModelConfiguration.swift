/// The sizes and the description of a decoder: RMSNorm, rotary positions, grouped-query attention, gated
/// feed-forward.
package struct ModelConfiguration: Sendable, Hashable {
  /// The architecture's name in the model file, such as "llama".
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
  /// The rotations of the layers; the first is that of layers that see everything. All have the same pairing.
  package var ropes: [RotaryConfiguration]
  /// What each layer's attention sees.
  package var layerAttention: [LayerAttention]
  /// What tells the architecture's blocks from others.
  package var block: BlockDescription

  /// A model whose layers all see everything, with one rotation.
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
    rope: RotaryConfiguration,
    block: BlockDescription = BlockDescription()
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
    ropes = [rope]
    layerAttention = Array(repeating: LayerAttention(), count: layers)
    self.block = block
  }

  /// The rotation of layers that see everything.
  package var rope: RotaryConfiguration { ropes[0] }
  /// The factor of the logits of attention.
  package var attentionScale: Float { block.attentionScale ?? 1 / Float(headDimension).squareRoot() }
  /// True in a layer that sees a window while others see everything. Where all layers have a window, the text
  /// before it reaches a token by way of the tokens between.
  package func isLocal(layer: Int) -> Bool {
    layerAttention[layer].window != nil && layerAttention.contains { $0.window == nil }
  }
  /// The distance over which the layers that reach farthest attend: the window where all have one, else the length
  /// for which the model was trained.
  package var reach: Int {
    let windows = layerAttention.compactMap(\.window)
    return windows.count == layers ? min(contextLength, windows.max() ?? contextLength) : contextLength
  }
  /// The number of tokens that a layer's token sees, itself and those before it; nil for all.
  package func window(layer: Int) -> Int? { layerAttention[layer].window }

  /// Query heads that share one key and value head.
  package var group: Int { heads / kvHeads }
  /// Width of all query heads side by side.
  package var queryWidth: Int { heads * headDimension }
  /// Width of all key heads side by side, and of all value heads.
  package var kvWidth: Int { kvHeads * headDimension }
  /// Width of a row of queries, keys and values side by side.
  package var qkvWidth: Int { queryWidth + 2 * kvWidth }
}
