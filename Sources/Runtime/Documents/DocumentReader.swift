internal import ParallelContext

/// Answers questions about one document by the requested method.
struct DocumentReader: Sendable {
  let engine: QueryEngine
  let context: MergedContext
  /// The document's tokens.
  let document: [Int32]
  let asked: NamedMethod

  /// The text that one causal pass reads before a question.
  private var text: [Int32] { context.plan.sinkTokens + document }

  /// Checks a question without computing.
  ///
  /// - Throws: ``ContextError`` when the method needs the document encoded otherwise, or the question does
  ///   not fit.
  func check(_ query: QueryEngine.Query) throws(ContextError) {
    switch asked.method {
    case .causal: try engine.check(query, behind: text)
    case .parallel:
      if let refusal = asked.method.refusal(ofDocument: ChunkEncoding(context.plan), name: asked.name) {
        throw ContextError(.mismatch, refusal)
      }
      try engine.checkLink(of: context, count: asked.method.encoding.linkedTokens)
      try engine.check(query, over: context)
    }
  }

  /// Answers a question. Blocks the calling thread until the answer is complete.
  ///
  /// - Parameters:
  ///   - query: The question.
  ///   - onToken: Called with each token of the answer as it is found; false ends the answer.
  /// - Returns: The costs and the statistics of the answer.
  /// - Throws: ``ContextError`` when question and answer do not fit the model; `ModelError` when computing
  ///   fails.
  func answer(
    _ query: QueryEngine.Query,
    onToken: (Int32) throws -> Bool
  ) throws -> QueryEngine.Report {
    guard case .parallel(let encoding, _) = asked.method else {
      return try engine.answer(query, behind: text, onToken: onToken)
    }
    let linked = try engine.linked(context, text: document, count: encoding?.linkedTokens ?? 0)
    return try engine.answer(query, over: linked, of: document, onToken: onToken)
  }
}
