internal import Transformer

extension QueryEngine {
  /// Checks a question behind a text that is read in one causal pass, without computing.
  ///
  /// - Throws: ``ContextError`` when text and question leave no tokens for an answer.
  package func check(_ query: Query, behind text: [Int32]) throws(ContextError) {
    let (needed, most) = (text.count + query.tokens.count, model.configuration.contextLength)
    guard !query.tokens.isEmpty else { throw ContextError(.badInput, "the question is empty") }
    guard needed < most else {
      throw ContextError(
        .doesNotFit,
        "full-attention reads everything in one pass, and sink, document and question have \(needed) tokens: too many "
          + "for the model's context of \(most); choose another policy"
      )
    }
  }

  /// Answers a question behind a text that is read in one causal pass. Blocks the calling thread until the
  /// answer is complete.
  ///
  /// - Parameters:
  ///   - query: The question; its reading is ignored.
  ///   - text: The tokens before it.
  ///   - onToken: Called with each token of the answer as it is found; false ends the answer.
  /// - Returns: The costs of the answer, without statistics.
  /// - Throws: ``ContextError`` when text and question do not fit the model; `ModelError` when computing
  ///   fails.
  package func answer(
    _ query: Query,
    behind text: [Int32],
    onToken: (Int32) throws -> Bool
  ) throws -> Report {
    try answer(query, reading: .whole(text), onToken: onToken)
  }
}
