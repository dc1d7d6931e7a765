/// A question for an ``AnswerBatch``, and who is told of its answer.
package struct AskedQuestion {
  /// The text that a question reads.
  package enum Text: Sendable {
    /// An encoded document, and its tokens, from which the answer is drafted; without them it is drafted from the
    /// question and itself.
    case chunks(MergedContext, document: [Int32])
    /// Tokens that are read in one causal pass; the reading of the query is ignored.
    case whole([Int32])
  }

  let query: QueryEngine.Query
  let text: Text
  let began: Double
  let isWanted: () -> Bool
  let onToken: (Int32) throws -> Bool
  let onEnd: (Result<QueryEngine.Report, any Error>) -> Void

  /// Names a question. The time to its first token is counted from here.
  ///
  /// - Parameters:
  ///   - query: The question.
  ///   - text: The text that it reads.
  ///   - isWanted: False when nobody waits for the answer any more; it ends with `CancellationError` then.
  ///   - onToken: Called with each token of the answer as it is found; false ends the answer.
  ///   - onEnd: Called once, with the costs of the answer or what made it fail.
  package init(
    _ query: QueryEngine.Query,
    reading text: Text,
    isWanted: @escaping () -> Bool = { true },
    onToken: @escaping (Int32) throws -> Bool,
    onEnd: @escaping (Result<QueryEngine.Report, any Error>) -> Void
  ) {
    self.query = query
    self.text = text
    self.isWanted = isWanted
    self.onToken = onToken
    self.onEnd = onEnd
    began = monotonicSeconds()
  }

  /// The rows of one pass over the text that is read with the question.
  var rows: Int {
    switch text {
    case .chunks: query.tokens.count
    case .whole(let tokens): tokens.count + query.tokens.count
    }
  }
}
