package import Transformer

/// Answers queries over merged contexts, on a given number of threads. It holds no memory of its own: every
/// answer reserves what it needs.
package struct QueryEngine: Sendable {
  /// A question, with the settings of its answer.
  package struct Query: Sendable {
    /// The tokens behind the context: question and the opening of the answer.
    package var tokens: [Int32]
    /// The reading half of the method.
    package var reading: Reading
    /// The most tokens of the answer; the model's context may end it before.
    package var maximumTokens: Int
    /// Tokens that end the answer.
    package var stopTokens: Set<Int32>
    /// The temperature of drawing: 0 takes the likeliest token each time; above, tokens are drawn from the
    /// softmax of logits divided by it.
    package var temperature: Double
    /// The least probability, 0 to 1, that the likeliest tokens, from which one is drawn, have together; 1
    /// for all tokens.
    package var topP: Double
    /// The seed of the drawing.
    package var seed: UInt64
    /// The penalties of tokens that the answer already holds.
    package var penalties: LogitPenalties
    /// True to draft further tokens from the text, where that pays; the answer's tokens are the same.
    package var drafts: Bool

    package init(
      tokens: [Int32],
      reading: Reading = .best,
      maximumTokens: Int = 256,
      stopTokens: Set<Int32> = [],
      temperature: Double = 0,
      topP: Double = 1,
      seed: UInt64 = 0,
      penalties: LogitPenalties = .none,
      drafts: Bool = true
    ) {
      self.tokens = tokens
      self.reading = reading
      self.maximumTokens = maximumTokens
      self.stopTokens = stopTokens
      self.temperature = temperature
      self.topP = topP
      self.seed = seed
      self.penalties = penalties
      self.drafts = drafts
    }
  }

  /// The costs and the statistics of an answer.
  package struct Report: Sendable {
    /// Tokens of the answer, the stop token not counted.
    package var tokens = 0
    /// Seconds from the call to the first token.
    package var timeToFirstToken = 0.0
    /// Seconds per token, the mean over the tokens after the first; 0 when there are none.
    package var secondsPerToken = 0.0
    /// Tokens that were drafted from the text and verified.
    package var drafted = 0
    /// Drafted tokens that were right, and so cost no run of their own.
    package var accepted = 0
    /// True when a stop token ended the answer.
    package var stopped = false
    /// The statistics of attention; nil for one causal pass over everything.
    package var statistics: QueryStatistics?
  }

  /// The most bytes that the partials of one block of query tokens may take; long contexts get shorter
  /// blocks.
  static let partialBytes = 256 << 20

  let model: Model
  let threads: Int

  /// Prepares an engine.
  ///
  /// - Parameters:
  ///   - model: The weights, loaded with their head.
  ///   - threads: The number of threads that a query uses.
  package init(model: Model, threads: Int) {
    self.model = model
    self.threads = max(1, threads)
  }

  /// Checks a query without computing.
  ///
  /// - Throws: ``ContextError`` when it does not fit the model.
  package func check(_ query: Query, over context: MergedContext) throws(ContextError) {
    try Self.check(question: query.tokens.count, context: context, model: model)
  }

  /// Checks that a question of so many tokens fits behind a context's sink.
  ///
  /// - Returns: The number of tokens that the model's context holds behind the sink.
  /// - Throws: ``ContextError`` for an empty question or one that does not fit.
  @discardableResult
  static func check(question: Int, context: MergedContext, model: Model) throws(ContextError) -> Int {
    let sink = context.plan.positionBase
    let most = model.configuration.contextLength - sink
    guard question > 0 else { throw ContextError(.badInput, "the question is empty") }
    guard question <= most else {
      throw ContextError(
        .doesNotFit,
        "the question has \(question) tokens; behind a sink of \(sink) the model's context of "
          + "\(model.configuration.contextLength) has room for \(most)"
      )
    }
    return most
  }

  /// The number of tokens reserved for a question and its answer.
  ///
  ///     reserved = question + min(extra, free - question)
  ///     free     = max(most - document, most / 2, question + fewestAnswerTokens), at most `most`
  ///
  /// So question and answer have what the document leaves of the model's context, or half of it if that is
  /// more. Were all of it reserved, there would be no positions left at which to place chunks.
  ///
  /// - Parameters:
  ///   - question: Tokens of the question, at most `most`.
  ///   - extra: The requested length of the answer, in tokens.
  ///   - document: Tokens of the document.
  ///   - most: The tokens that the model's context holds behind the sink.
  /// - Returns: At least `question` and at most `most`.
  package static func room(question: Int, extra: Int, document: Int, most: Int) -> Int {
    let free = max(most - document, most / 2, question + min(fewestAnswerTokens, most - question))
    return question + min(max(0, extra), free - question)
  }

  /// The least number of tokens for the answer to a long question, where the context holds as many.
  static let fewestAnswerTokens = 256

  /// Answers a query. Blocks the calling thread until the answer is complete.
  ///
  /// - Parameters:
  ///   - query: The question.
  ///   - context: The context that it reads.
  ///   - document: The document's tokens, from which the answer is drafted; without them it is drafted from the
  ///     question and itself.
  ///   - onToken: Called with each token of the answer as it is found; false ends the answer.
  /// - Throws: ``ContextError`` when question and answer do not fit the model; ``ModelError`` when computing
  ///   fails.
  /// - Returns: The costs and the statistics of the answer.
  package func answer(
    _ query: Query,
    over context: MergedContext,
    of document: [Int32] = [],
    onToken: (Int32) throws -> Bool
  ) throws -> Report {
    try answer(query, reading: .chunks(context, document: document), onToken: onToken)
  }

  /// Answers one question by itself.
  func answer(
    _ query: Query,
    reading text: AskedQuestion.Text,
    onToken: (Int32) throws -> Bool
  ) throws -> Report {
    let batch = try AnswerBatch(model: model, threads: threads, most: 1)
    var outcome: Result<Report, any Error>?
    withoutActuallyEscaping(onToken) { onToken in
      batch.add(AskedQuestion(query, reading: text, onToken: onToken) { outcome = $0 })
      while !batch.isEmpty { batch.runRound() }
    }
    guard let outcome else { throw ContextError(.badInput, "the answer ended without a report") }
    return try outcome.get()
  }

  /// Opens a tail behind a context, to which tokens are appended and after which logits are read.
  ///
  /// - Parameters:
  ///   - question: The first tokens that will be appended; a two-pass selection is made for them.
  ///   - reading: The reading half of the method.
  ///   - extra: The number of tokens that may follow them; see ``room(question:extra:document:most:)``.
  ///   - context: The context.
  ///   - comparesWithExact: True to compare the choice of chunks with that of the exact rule, for the
  ///     statistics.
  /// - Returns: The empty tail.
  /// - Throws: ``ContextError`` when the question does not fit the model; ``ModelError`` when memory
  ///   cannot be allocated.
  package func session(
    _ question: [Int32],
    reading: Reading,
    extra: Int,
    over context: MergedContext,
    comparesWithExact: Bool = false
  ) throws -> QuerySession {
    try QuerySession(
      model: model,
      threads: threads,
      question: question,
      reading: reading,
      extra: extra,
      context: context,
      comparesWithExact: comparesWithExact
    )
  }
}
