/// The precision of a model's linear layers.
package enum Precision: String, Codable, Hashable, Sendable, CaseIterable {
  /// Weights and activations in bfloat16, sums in f32.
  case bf16
  /// Linear layers in int8, one scale for each row of weights and of activations; everything else in the best
  /// of the other two.
  case int8
  /// Everything in f32.
  case f32
}
