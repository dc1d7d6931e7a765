internal import KVFormat
package import ParallelContext
internal import Synchronization
internal import Threads
package import Transformer
internal import Worker

/// A benchmark that answers one question over contexts of several lengths, in this process, and times each
/// token.
package actor QueryBenchmark {
  /// The settings of a measurement.
  package struct Configuration: Sendable {
    /// Tokens of each context, in the order of the rows.
    package var contexts: [Int]
    /// Tokens of a chunk; a context's last one may have fewer.
    package var chunkTokens: Int
    /// Tokens of the question.
    package var questionTokens: Int
    /// Tokens of the answer that are timed: those after the first.
    package var tokens: Int
    /// The number of threads for answering.
    package var threads: Int
    /// The reading by which the question is answered.
    package var reading: Reading
    /// The policy's name in results.
    package var policyName: String
    /// True to draft tokens from the context.
    package var drafts: Bool
    /// The numbers of questions that are also answered together, each with a question of its own; empty for none.
    package var concurrency: [Int]
    /// The most tokens that are encoded, a multiple of `chunkTokens`; longer contexts repeat their chunks. Nil to
    /// encode all.
    package var encodedTokens: Int?
    /// The number of questions by which the choice of chunks is compared with that of a full scan; 0 for none.
    package var recallQuestions: Int

    package init(
      contexts: [Int],
      chunkTokens: Int,
      questionTokens: Int,
      tokens: Int,
      threads: Int,
      reading: Reading,
      policyName: String,
      drafts: Bool = false,
      concurrency: [Int] = [],
      encodedTokens: Int? = nil,
      recallQuestions: Int = 0
    ) {
      self.contexts = contexts
      self.chunkTokens = chunkTokens
      self.questionTokens = questionTokens
      self.tokens = tokens
      self.threads = threads
      self.reading = reading
      self.policyName = policyName
      self.drafts = drafts
      self.concurrency = concurrency
      self.encodedTokens = encodedTokens
      self.recallQuestions = recallQuestions
    }

    /// The number of questions that are asked.
    package var questions: Int { max(1, concurrency.max() ?? 1, recallQuestions) }

    /// The most tokens of a context that are encoded.
    package var distinctTokens: Int { min(contexts.max() ?? 0, encodedTokens ?? .max) }

    /// The number of tokens of text needed: those that are encoded, and the questions.
    package var textTokens: Int { distinctTokens + questionTokens * questions }

    /// The part of the text that a chunk of a context holds.
    func source(of chunk: Range<Int>) -> Range<Int> {
      let first = chunk.lowerBound % max(1, distinctTokens)
      return first..<first + chunk.count
    }
  }

  /// The times of one answer, and the number of tokens attended.
  private struct Answer {
    var timeToFirstToken: Double
    /// Seconds of each token after the first.
    var seconds: [Double]
    var selectedTokens: Double
    var drafted: Int
    var accepted: Int
  }

  // All answers run on one thread of their own, so that the matrix library keeps its threads.
  nonisolated private let executor: LaneExecutor
  let model: Model
  private let engine: QueryEngine
  let configuration: Configuration
  /// The questions, one behind the other in the text. The first one is timed.
  let questions: [[Int32]]
  let contexts: [MergedContext]
  private let text: [Int32]
  private var answers: [[Answer]]
  /// The rounds of questions answered together, by context.
  var rounds: [[ConcurrentRound]]
  /// The comparison with the full scan over each context; nil where none was made.
  private var recalls: [ScanRecall?]

  nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Encodes the contexts, all chunks in parallel on the machine's processors. Contexts share chunks.
  ///
  /// - Parameters:
  ///   - model: The weights, with their head.
  ///   - text: What is encoded of the longest context, and the questions behind it.
  ///   - sink: The tokens before every chunk.
  ///   - lanes: The number of chunks encoded at a time.
  ///   - configuration: The settings.
  ///   - progress: Called with the number of chunks that are encoded and that of all.
  /// - Throws: `ContextError` for sizes that do not fit the model; errors of encoding, of allocating memory
  ///   and of starting threads.
  package init(
    model: Model,
    text: [Int32],
    sink: [Int32],
    lanes: Int,
    configuration: Configuration,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) async throws {
    let c = configuration
    let behind = sink.count + c.questionTokens + c.tokens + 1
    guard behind <= model.configuration.contextLength else {
      throw ContextError(
        .doesNotFit,
        "a sink of \(sink.count), a question of \(c.questionTokens) and an answer of \(c.tokens + 1) tokens "
          + "do not fit the model's context of \(model.configuration.contextLength)"
      )
    }
    for context in c.contexts {
      let most = model.configuration.contextLength - sink.count
      let (asked, question) = (c.tokens + 1, c.questionTokens)
      let room = QueryEngine.room(question: question, extra: asked, document: context, most: most) - question
      guard room == asked else {
        throw ContextError(
          .doesNotFit,
          "an answer of \(asked) tokens over a context of \(context) does not fit: the model has room for \(room)"
        )
      }
    }
    guard text.count >= c.textTokens, c.contexts.allSatisfy({ $0 > 0 }), c.questionTokens > 0 else {
      throw ContextError(.badInput, "a text of \(text.count) tokens is too short for \(c.textTokens)")
    }
    let distinct = c.distinctTokens
    guard c.chunkTokens > 0, distinct > 0,
      distinct == c.contexts.max() || distinct.isMultiple(of: c.chunkTokens)
    else {
      throw ContextError(
        .badInput,
        "\(distinct) tokens are not a number of whole chunks of \(c.chunkTokens), which could be repeated"
      )
    }
    let plans = try c.contexts.map { count throws(ContextError) in
      try ContextPlan(
        boundaries: [UInt8](repeating: 0, count: count),
        cutting: .size(min(c.chunkTokens, count)),
        sinkTokens: sink,
        contextLength: model.configuration.contextLength
      )
    }
    let ranges = Set(plans.flatMap(\.chunks).map(c.source)).sorted {
      ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
    }
    let encoder = try InProcessEncoder(
      model: model,
      kvType: .bf16,
      lanes: min(lanes, ranges.count),
      tokens: ranges.map(\.count).max() ?? 1,
      processors: allowedProcessors()
    )
    let sinkCache = try await encoder.encodeSink(sink)
    let encodedCount = Mutex(0)
    let runs = ranges.map { InProcessEncoder.Run(Array(text[$0])) }
    let encoded = try await encoder.encode(
      runs,
      behind: sinkCache,
      afterRun: { _ in
        let count = encodedCount.withLock { count in
          count += 1
          return count
        }
        progress(count, runs.count)
      }
    )
    let chunks = Dictionary(uniqueKeysWithValues: zip(ranges, encoded.caches))
    contexts = try plans.map { plan throws(ContextError) in
      try MergedContext(
        plan: plan,
        sink: sinkCache,
        chunks: plan.chunks.compactMap { chunks[c.source(of: $0)] }
      )
    }
    executor = try LaneExecutor(name: "query", cpu: nil)
    engine = QueryEngine(model: model, threads: c.threads)
    questions = stride(from: distinct, to: c.textTokens, by: c.questionTokens).map {
      Array(text[$0..<$0 + c.questionTokens])
    }
    answers = Array(repeating: [], count: c.contexts.count)
    rounds = Array(repeating: [], count: c.contexts.count)
    recalls = Array(repeating: nil, count: c.contexts.count)
    self.model = model
    self.text = text
    self.configuration = c
  }

  deinit { executor.stop() }

  /// Answers the question once over one context.
  ///
  /// - Parameters:
  ///   - index: The context's index in the configuration.
  ///   - isWarmUp: True to discard the result.
  /// - Throws: Errors of answering.
  package func answerOnce(context index: Int, isWarmUp: Bool = false) throws {
    let context = contexts[index]
    let query = query(0)
    let document = document(context)
    var times: [Double] = []
    times.reserveCapacity(query.maximumTokens)
    let report = try engine.answer(query, over: context, of: document) { _ in
      times.append(monotonicSeconds())
      return !Task.isCancelled
    }
    try Task.checkCancellation()
    guard !isWarmUp else { return }
    let lengths = context.plan.chunks.map(\.count)
    let uses = zip(report.statistics?.chunkUses ?? [], lengths).reduce(0.0) {
      $0 + Double($1.0) * Double($1.1)
    }
    answers[index].append(
      Answer(
        timeToFirstToken: report.timeToFirstToken,
        seconds: zip(times.dropFirst(), times).map { $0 - $1 },
        selectedTokens: uses / Double(max(1, report.statistics?.rowCount ?? 0)),
        drafted: report.drafted,
        accepted: report.accepted
      )
    )
  }

  /// A question with the settings of its answer.
  func query(_ number: Int) -> QueryEngine.Query {
    QueryEngine.Query(
      tokens: questions[number],
      reading: configuration.reading,
      maximumTokens: configuration.tokens + 1,
      drafts: configuration.drafts
    )
  }

  /// The tokens of a context, from which answers are drafted where they shall be.
  func document(_ context: MergedContext) -> [Int32] {
    let distinct = configuration.distinctTokens
    return configuration.drafts ? (0..<context.plan.tokens).map { text[$0 % distinct] } : []
  }

  /// Compares the chunks that are inspected for every question with those that a full scan finds, over one context.
  ///
  /// - Parameter index: The context's index in the configuration.
  /// - Throws: Errors of answering.
  package func compareScans(context index: Int) throws {
    var recall = ScanRecall()
    for question in questions.prefix(configuration.recallQuestions) {
      try Task.checkCancellation()
      let found = try inspected(question, context: index, configuration.reading)
      let wanted = try inspected(question, context: index, configuration.reading.scanningAll)
      recall.add(found: found, wanted: wanted, of: contexts[index].chunks.count)
    }
    recalls[index] = recall
  }

  /// The chunks that a question's second pass inspects.
  private func inspected(_ question: [Int32], context index: Int, _ reading: Reading) throws -> [Int] {
    let session = try engine.session(question, reading: reading, extra: 1, over: contexts[index])
    try session.append(question)
    return session.inspected
  }

  /// Returns the results: a row for each context.
  package func report() -> [QueryBenchmarkRow] {
    let shortest = configuration.contexts.indices.min {
      configuration.contexts[$0] < configuration.contexts[$1]
    }
    let reference = median(shortest.map { answers[$0].flatMap(\.seconds) } ?? [])
    return contexts.indices.map { index in
      let seconds = answers[index].flatMap(\.seconds)
      let middle = median(seconds)
      return QueryBenchmarkRow(
        context: configuration.contexts[index],
        policy: configuration.policyName,
        chunks: contexts[index].chunks.count,
        chunkTokens: contexts[index].plan.chunkTokens,
        sinkTokens: contexts[index].plan.sinkTokens.count,
        questionTokens: configuration.questionTokens,
        tokens: configuration.tokens,
        repetitions: answers[index].count,
        threads: configuration.threads,
        compute: model.compute.rawValue,
        keyValueBytes: contexts[index].byteCount,
        encodedTokens: configuration.contexts[index] > configuration.distinctTokens
          ? configuration.distinctTokens : nil,
        recallQuestions: recalls[index]?.questions,
        scanRecall: recalls[index]?.share,
        selectedTokens: mean(answers[index].map(\.selectedTokens)),
        draftedTokens: configuration.drafts ? mean(answers[index].map { Double($0.drafted) }) : nil,
        acceptedTokens: configuration.drafts ? mean(answers[index].map { Double($0.accepted) }) : nil,
        timeToFirstTokenSeconds: median(answers[index].map(\.timeToFirstToken)),
        secondsPerToken: middle,
        secondsPerTokenMean: mean(seconds),
        secondsPerTokenP95: percentile(seconds, 95),
        timesShortest: reference > 0 ? middle / reference : 0,
        together: configuration.concurrency.isEmpty ? nil : together(context: index)
      )
    }
  }
}
