package import ParallelContext

/// A way to read a context that is put to the test, by its name on the command line.
package struct EvaluatedPolicy: Sendable, Hashable {
  /// How the context is read.
  package enum Reading: Sendable, Hashable {
    /// The whole text in one causal pass: the baseline.
    case fullAttention
    /// Chunks encoded each on its own, merged, with or without a sink before them.
    case merged(AttentionPolicy, hasSink: Bool)
  }

  /// The name or the text that was given.
  package var name: String
  /// What it stands for.
  package var reading: Reading

  /// Whether the sink stands before what is read.
  package var hasSink: Bool {
    if case .merged(_, let hasSink) = reading { return hasSink }
    return true
  }

  /// Reads a preset's name, `full-attention`, `naive`, or the parts of a policy.
  ///
  /// `naive` is the layout without a sink and without selection that arXiv 2412.16545 starts from.
  ///
  /// - Throws: `ContextError` that names the bad part and what is allowed.
  package init(parsing text: String) throws(ContextError) {
    name = text
    switch text {
    case "full-attention": reading = .fullAttention
    case "naive": reading = .merged(.sink, hasSink: false)
    default: reading = .merged(try AttentionPolicy(parsing: text), hasSink: true)
    }
  }
}
