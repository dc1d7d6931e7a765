package import ParallelContext
internal import Transformer

/// An answer to a question of an evaluation.
package struct EvaluatedAnswer: Sendable {
  /// The answer's tokens, without the one that ended it.
  package var tokens: [Int32] = []
  /// Seconds from the question to the first token. Chunks are encoded before; with full attention the context
  /// is read in this time.
  package var timeToFirstToken = 0.0
  /// Mean seconds per token after the first; 0 if there is none.
  package var secondsPerToken = 0.0
  /// Statistics of attention; nil with full attention.
  package var statistics: QueryStatistics?

  package init() {}
}

extension EvaluationContexts {
  /// Answers greedily over a merged context.
  ///
  /// - Parameters:
  ///   - tail: The tokens behind the context.
  ///   - reading: The reading by which the question is answered.
  ///   - context: The context.
  ///   - maximumTokens: The most tokens of the answer.
  ///   - stopTokens: Tokens that end it.
  ///   - isComplete: Returns true when the answer so far is all that is wanted.
  /// - Returns: The answer.
  /// - Throws: `ContextError` when question and answer do not fit the model, `ModelError` when computing
  ///   fails.
  package func answer(
    _ tail: [Int32],
    reading: Reading,
    over context: MergedContext,
    maximumTokens: Int,
    stopTokens: Set<Int32>,
    until isComplete: ([Int32]) -> Bool = { _ in false }
  ) throws -> EvaluatedAnswer {
    let query = QueryEngine.Query(
      tokens: tail,
      reading: reading,
      maximumTokens: maximumTokens,
      stopTokens: stopTokens,
      drafts: false
    )
    var answer = EvaluatedAnswer()
    let report = try QueryEngine(model: model, threads: threads).answer(query, over: context) { token in
      answer.tokens.append(token)
      return !isComplete(answer.tokens)
    }
    answer.timeToFirstToken = report.timeToFirstToken
    answer.secondsPerToken = report.secondsPerToken
    answer.statistics = report.statistics
    return answer
  }

  /// Answers greedily in one causal pass.
  ///
  /// - Parameters:
  ///   - tail: The tokens behind the context.
  ///   - before: The context; only its end is read if not all of it fits the model.
  ///   - sink: The tokens before everything.
  ///   - maximumTokens: The most tokens of the answer.
  ///   - stopTokens: Tokens that end it.
  ///   - isComplete: Returns true when the answer so far is all that is wanted.
  /// - Returns: The answer.
  /// - Throws: `ContextError` when question and answer do not fit the model, `ModelError` when computing
  ///   fails.
  package func causalAnswer(
    _ tail: [Int32],
    before: [Int32],
    sink: [Int32],
    maximumTokens: Int,
    stopTokens: Set<Int32>,
    until isComplete: ([Int32]) -> Bool = { _ in false }
  ) throws -> EvaluatedAnswer {
    let query = QueryEngine.Query(
      tokens: tail,
      maximumTokens: maximumTokens,
      stopTokens: stopTokens,
      drafts: false
    )
    let prefix = try causalPrefix(before: before, tail: tail, extra: maximumTokens, sink: sink)
    var answer = EvaluatedAnswer()
    let report = try QueryEngine(model: model, threads: threads).answer(query, behind: prefix) { token in
      answer.tokens.append(token)
      return !isComplete(answer.tokens)
    }
    answer.timeToFirstToken = report.timeToFirstToken
    answer.secondsPerToken = report.secondsPerToken
    return answer
  }
}
