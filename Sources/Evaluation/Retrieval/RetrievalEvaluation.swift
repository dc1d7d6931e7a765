package import ParallelContext
internal import SeededRandom

/// An evaluation of how often needles hidden in real text are found, for several policies.
///
/// The context is a part of the document of exactly the wanted length. Each needle replaces as many of its
/// tokens. So the chunks without needles are the same in all trials, and are encoded once.
package struct RetrievalEvaluation {
  /// The settings of a measurement.
  package struct Configuration: Sendable {
    /// The lengths of the contexts, in tokens.
    package var contexts: [Int]
    /// The tasks.
    package var tasks: [RetrievalTask]
    /// The depths of the first needle, in percent of the context.
    package var depths: [Int]
    /// The number of questions for each context, task and depth.
    package var trials: Int
    /// The size of a chunk, in tokens.
    package var chunkTokens: Int
    /// The policies.
    package var policies: [NamedMethod]
    /// The seed that decides the beginning of the context, the needles, and the places of all but the first.
    package var seed: UInt64

    package init(
      contexts: [Int],
      tasks: [RetrievalTask],
      depths: [Int],
      trials: Int,
      chunkTokens: Int,
      policies: [NamedMethod],
      seed: UInt64
    ) {
      self.contexts = contexts
      self.tasks = tasks
      self.depths = depths
      self.trials = trials
      self.chunkTokens = chunkTokens
      self.policies = policies
      self.seed = seed
    }
  }

  /// A context with needles in it.
  private struct Haystack {
    var tokens: [Int32]
    var gold: [Int]
  }

  private let contexts: EvaluationContexts
  private let coding: TextCoding
  private let sink: [Int32]
  private let configuration: Configuration

  /// Prepares an evaluation.
  ///
  /// - Parameters:
  ///   - contexts: The contexts, which encode and answer.
  ///   - coding: The model's tokenizer and chat template.
  ///   - sink: The tokens before everything.
  ///   - configuration: The settings.
  package init(
    contexts: EvaluationContexts,
    coding: TextCoding,
    sink: [Int32],
    configuration: Configuration
  ) {
    self.contexts = contexts
    self.coding = coding
    self.sink = sink
    self.configuration = configuration
  }

  /// Measures all rows.
  ///
  /// - Parameters:
  ///   - document: The document's tokens.
  ///   - note: Receives lines for a person: the next measurement, and those left out with the reason.
  ///   - detail: Receives every answer, in a line for a person.
  /// - Returns: A row for each context, task, policy and depth, in this order. Full attention has none for a
  ///   context longer than the model was trained for.
  /// - Throws: `ContextError` for a document that is too short or sizes that do not fit the model.
  package func run(
    document: [Int32],
    note: (String) -> Void = { _ in },
    detail: (String) -> Void = { _ in }
  ) throws -> [RetrievalRow] {
    let c = configuration
    let longest = c.contexts.max() ?? 0
    guard document.count >= longest else {
      throw ContextError(
        .badInput,
        "the document has \(document.count) tokens, too few for a context of \(longest): name a longer document or "
          + "a shorter --context"
      )
    }
    // All contexts begin at one place, so that longer ones use the chunks of shorter ones again.
    var random = SeededGenerator(seed: c.seed)
    let start = Int.random(in: 0...document.count - longest, using: &random)
    var rows: [RetrievalRow] = []
    for context in c.contexts {
      let text = Array(document[start..<start + context])
      rows += try measure(text, note: note, detail: detail)
    }
    return rows
  }

  private func measure(
    _ text: [Int32],
    note: (String) -> Void,
    detail: (String) -> Void
  ) throws -> [RetrievalRow] {
    let c = configuration
    let trained = contexts.trainedLength
    let policies = c.policies.filter { $0.method != .fullAttention || text.count <= trained }
    if policies.count < c.policies.count {
      note(
        "full-attention is left out at \(text.count) tokens: the model was trained for \(trained)"
      )
    }
    let boundaries = coding.boundaries(text)
    let plans = try policies.map { policy in
      try contexts.plan(
        text,
        boundaries: boundaries,
        cutting: .size(c.chunkTokens),
        sink: sink,
        encoding: policy.method.encoding
      )
    }
    // The cuts depend on the size of the chunks alone, so all plans have the same.
    let chunks = plans.first?.chunks ?? []
    var rows: [RetrievalRow] = []
    for task in c.tasks {
      var byPolicy = policies.map { policy in
        c.depths.map { depth in
          RetrievalRow(
            policy: policy.name,
            context: text.count,
            chunks: policy.method == .fullAttention ? 1 : chunks.count,
            task: task,
            depthPercent: depth
          )
        }
      }
      for (depthIndex, depth) in c.depths.enumerated() {
        note("\(text.count) tokens, \(task.rawValue), depth \(depth) %")
        for trial in 0..<c.trials {
          var random = SeededGenerator(seed: c.seed, path: [text.count, depth, trial])
          let problem = task.problem(using: &random)
          let placement = NeedlePlacement(chunks: chunks, boundaries: boundaries)
          let haystack = try hide(problem, in: text, at: depth, placement: placement, using: &random)
          for (index, policy) in policies.enumerated() {
            let answer = try answer(problem, in: haystack.tokens, plan: plans[index], policy: policy)
            let words = coding.decode(answer.tokens)
            let score = RetrievalProblem.score(words, expected: problem.expected)
            detail(
              "\(policy.name): \(problem.opening) [\(words)], expected \(problem.expected.joined(separator: ", "))"
            )
            byPolicy[index][depthIndex].add(score: score, answer: answer, gold: haystack.gold)
          }
        }
      }
      rows += byPolicy.joined()
    }
    return rows
  }

  private func answer(
    _ problem: RetrievalProblem,
    in tokens: [Int32],
    plan: ContextPlan,
    policy: NamedMethod
  ) throws -> EvaluatedAnswer {
    let tail = try coding.tail(problem.question) + coding.encode(problem.opening)
    switch policy.method {
    case .causal:
      return try contexts.causalAnswer(
        tail,
        before: tokens,
        sink: sink,
        maximumTokens: problem.maximumTokens,
        stopTokens: coding.stopTokens
      )
    case .parallel(_, let reading):
      return try contexts.answer(
        tail,
        reading: reading,
        over: contexts.merged(tokens, plan: plan, encoding: policy.method.encoding),
        maximumTokens: problem.maximumTokens,
        stopTokens: coding.stopTokens
      )
    }
  }

  /// Puts the first needle at the depth asked for, and the others at random depths.
  private func hide(
    _ problem: RetrievalProblem,
    in text: [Int32],
    at depth: Int,
    placement: NeedlePlacement,
    using random: inout SeededGenerator
  ) throws -> Haystack {
    var placement = placement
    var haystack = Haystack(tokens: text, gold: [])
    for (index, needle) in problem.needles.enumerated() {
      let tokens = coding.encode(needle.text)
      let share = index == 0 ? Double(depth) / 100 : Double.random(in: 0...1, using: &random)
      let place = try placement.place(length: tokens.count, depth: share)
      haystack.tokens.replaceSubrange(place.tokens, with: tokens)
      if needle.isAsked { haystack.gold.append(place.chunk) }
    }
    return haystack
  }
}
