/// Useful arithmetic: additions and multiplications of matrix products, the causal half counted once, nothing
/// else counted.
extension ModelConfiguration {
  /// Operations of the linear layers for a run of tokens, the last layer cut after its keys and values.
  package func linearOperations(tokens: Int) -> Double {
    let perToken = queryWidth * embedding + 3 * embedding * feedForward
    let whole = layers * embedding * qkvWidth + (layers - 1) * perToken
    return 2 * Double(tokens) * Double(whole)
  }

  /// Operations of attention for a run of tokens behind a prefix, without the last layer's.
  ///
  /// Token t of the run sees the prefix, the t tokens before it and itself; each pair costs a product over
  /// the head dimension for the logit and one for the value.
  package func attentionOperations(tokens: Int, prefix: Int) -> Double {
    let pairs = Double(tokens) * (Double(prefix) + Double(tokens + 1) / 2)
    return 2 * 2 * pairs * Double(queryWidth) * Double(layers - 1)
  }
}
