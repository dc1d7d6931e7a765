/// The tokens that one layer's attention sees, and its rotation.
package struct LayerAttention: Sendable, Hashable {
  /// The number of tokens that a token sees, itself and those before it; nil for all.
  package var window: Int?
  /// The layer's rotation, an index of ``ModelConfiguration/ropes``.
  package var rope = 0

  /// A layer that sees everything, with the first rotation.
  package init(window: Int? = nil, rope: Int = 0) {
    self.window = window
    self.rope = rope
  }
}
