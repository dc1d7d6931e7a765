/// How users choose the form of weights.
package enum WeightChoice: String, Sendable, Hashable, CaseIterable {
  /// What is fastest and fits into memory.
  case auto
  /// Packed for the matrix library.
  case packed
  /// As they are in the file.
  case compact
}
