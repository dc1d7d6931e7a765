internal import Transformer

/// The keys of a run that the rows of a block see in a layer with a window.
struct KeyWindow {
  /// The number of tokens that a token sees, itself and those before it.
  let tokens: Int
  /// The distance from the run's first key to the block's first token.
  let distance: Int

  /// Writes the number of keys that each token does not see.
  ///
  /// - Parameters:
  ///   - count: Tokens of the block.
  ///   - first: The first key that is attended, counted from the run's first.
  ///   - state: Receives the numbers.
  /// - Returns: The numbers, counted from the first attended key.
  func hide(_ count: Int, from first: Int, in state: AttentionState) -> UnsafePointer<Int32> {
    for token in 0..<count {
      state.hidden.0[token] = Int32(clamping: max(0, distance + token - tokens + 1 - first))
    }
    return UnsafePointer(state.hidden.0)
  }
}
