/// What tells the decoder blocks of one architecture from those of another, beside their sizes.
///
/// With x the residual stream and f attention or the feed-forward network, a block computes x + f(norm(x)),
/// x + norm(f(x)) or x + norm(f(norm(x))), as ``norms`` says.
package struct BlockDescription: Sendable, Hashable {
  /// The place of the norms.
  package enum Norms: Sendable {
    /// Before attention and before the feed-forward network.
    case before
    /// Behind them (OLMo 2).
    case after
    /// Before and behind them (Gemma 2 and 3).
    case both

    /// True if there is a norm before.
    var isBefore: Bool { self != .after }
    /// True if there is a norm behind.
    var isAfter: Bool { self != .before }
  }

  /// The norm of queries and keys before they are rotated.
  package enum QueryKeyNorm: Sendable {
    case none
    /// Each head by itself, all with the same weights (Qwen 3, Gemma 3).
    case heads
    /// All heads of a token as one row (OLMo 2).
    case rows
  }

  /// The function that the gate of the feed-forward network goes through.
  package enum Activation: Sendable {
    case silu
    /// GELU in its approximation by the hyperbolic tangent.
    case gelu
  }

  /// The place of the norms.
  package var norms = Norms.before
  /// The norm of queries and keys.
  package var queryKeyNorm = QueryKeyNorm.none
  /// The function of the gate.
  package var activation = Activation.silu
  /// The factor of the logits of attention; nil for 1 / sqrt(headDimension).
  package var attentionScale: Float?
  /// The cap c of the logits of attention, which become c tanh(s / c); nil for none.
  package var attentionCap: Float?
  /// The cap of the model's logits, likewise; nil for none.
  package var logitCap: Float?
  /// The factor of embeddings.
  package var embeddingScale: Float = 1
  /// The factor of what attention and the feed-forward network add to the residual stream.
  package var residualScale: Float = 1
  /// The divisor of the model's logits.
  package var logitScale: Float = 1
  /// True if the file holds queries, keys and values as one tensor, and gate and up as one.
  package var isFused = false

  /// A block of the Llama kind.
  package init() {}
}
