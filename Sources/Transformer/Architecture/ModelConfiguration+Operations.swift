extension ModelConfiguration {
  /// Operations of attention for a run of tokens behind a prefix, without the last layer's.
  ///
  /// Token t of the run sees the prefix, the t tokens before it and itself; each pair costs a product over
  /// the head dimension for the logit and one for the value.
  package func attentionOperations(tokens: Int, prefix: Int) -> Double {
    let pairs = Double(tokens) * (Double(prefix) + Double(tokens + 1) / 2)
    return 2 * 2 * pairs * Double(queryWidth) * Double(layers - 1)
  }
}
