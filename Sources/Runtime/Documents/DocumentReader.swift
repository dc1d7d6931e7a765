internal import ParallelContext

/// Answers questions about one document by the requested method.
struct DocumentReader: Sendable {
  let engine: QueryEngine
  let context: MergedContext
  /// The document's tokens.
  let document: [Int32]
  let asked: NamedMethod

  /// The text that one causal pass reads before a question.
  private var wholeText: [Int32] { context.plan.sinkTokens + document }

  /// Checks a question without computing.
  ///
  /// - Throws: ``ContextError`` when the method needs the document encoded otherwise, or the question does
  ///   not fit.
  func check(_ query: QueryEngine.Query) throws(ContextError) {
    switch asked.method {
    case .causal: try engine.check(query, behind: wholeText)
    case .parallel:
      if let refusal = asked.method.refusal(ofDocument: ChunkEncoding(context.plan), name: asked.name) {
        throw ContextError(.mismatch, refusal)
      }
      try engine.checkLink(of: context, count: asked.method.encoding.linkedTokens)
      try engine.check(query, over: context)
    }
  }

  /// The text that a question reads. Linking a document's chunks takes as long as computing their first tokens.
  ///
  /// - Throws: ``ContextError`` when the document does not fit the model; `ModelError` when computing fails.
  func text() throws -> AskedQuestion.Text {
    guard case .parallel(let encoding, _) = asked.method else { return .whole(wholeText) }
    let linked = try engine.linked(context, text: document, count: encoding?.linkedTokens ?? 0)
    return .chunks(linked, document: document)
  }
}
