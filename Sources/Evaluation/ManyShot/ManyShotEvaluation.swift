package import ParallelContext

/// An evaluation of how often a text's label is answered after many examples, for several policies.
package struct ManyShotEvaluation {
  /// The settings of a measurement.
  package struct Configuration: Sendable {
    /// The most tokens of the examples shown, for each context.
    package var contexts: [Int]
    /// The number of examples asked for.
    package var trials: Int
    /// The size of a chunk, in tokens.
    package var chunkTokens: Int
    /// The policies.
    package var policies: [NamedMethod]
    /// The seed that decides which examples are shown, in which order, and which are asked for.
    package var seed: UInt64

    package init(
      contexts: [Int],
      trials: Int,
      chunkTokens: Int,
      policies: [NamedMethod],
      seed: UInt64
    ) {
      self.contexts = contexts
      self.trials = trials
      self.chunkTokens = chunkTokens
      self.policies = policies
      self.seed = seed
    }
  }

  /// The most tokens of an answer, however long labels are.
  private static let mostAnswerTokens = 64

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
  ///   - examples: The labelled list.
  ///   - note: Receives lines for a person: the next measurement, and those left out with the reason.
  ///   - detail: Receives every answer, in a line for a person.
  /// - Returns: A row for each context and policy, in this order. Full attention has none for a context
  ///   longer than the model was trained for.
  /// - Throws: `ContextError` for a list that is too short or sizes that do not fit the model.
  package func run(
    _ examples: [LabelledExample],
    note: (String) -> Void = { _ in },
    detail: (String) -> Void = { _ in }
  ) throws -> [ManyShotRow] {
    let c = configuration
    let trained = contexts.trainedLength
    let longest = Set(examples.map(\.label)).map { coding.encode(" \($0)\n").count }.max() ?? 1
    let maximumTokens = min(longest + 2, Self.mostAnswerTokens)
    var rows: [ManyShotRow] = []
    for context in c.contexts {
      let prompt = try ManyShotPrompt(
        examples,
        context: context,
        trials: c.trials,
        seed: c.seed,
        encode: coding.encode
      )
      for policy in c.policies {
        if policy.method == .fullAttention, context > trained {
          note("full-attention is left out at \(context) tokens: the model was trained for \(trained)")
          continue
        }
        note("\(context) tokens, \(prompt.shots) examples, \(policy.name)")
        rows.append(
          try measure(
            prompt,
            context: context,
            policy: policy,
            maximumTokens: maximumTokens,
            detail: detail
          )
        )
      }
    }
    return rows
  }

  private func measure(
    _ prompt: ManyShotPrompt,
    context: Int,
    policy: NamedMethod,
    maximumTokens: Int,
    detail: (String) -> Void
  ) throws -> ManyShotRow {
    var merged: MergedContext?
    if policy.method != .fullAttention {
      let plan = try contexts.plan(
        prompt.tokens,
        boundaries: prompt.boundaries,
        cutting: .size(configuration.chunkTokens),
        sink: sink,
        encoding: policy.method.encoding
      )
      merged = try contexts.merged(prompt.tokens, plan: plan, encoding: policy.method.encoding)
    }
    var row = ManyShotRow(
      policy: policy.name,
      context: context,
      contextTokens: prompt.tokens.count,
      chunks: merged?.chunks.count ?? 1,
      shots: prompt.shots
    )
    for example in prompt.asked {
      let tail = coding.encode(example.opening)
      let isLineEnd: ([Int32]) -> Bool = { coding.decode($0).contains(where: \.isNewline) }
      let answer: EvaluatedAnswer
      if case .parallel(_, let reading) = policy.method, let merged {
        answer = try contexts.answer(
          tail,
          reading: reading,
          over: merged,
          maximumTokens: maximumTokens,
          stopTokens: coding.stopTokens,
          until: isLineEnd
        )
      } else {
        answer = try contexts.causalAnswer(
          tail,
          before: prompt.tokens,
          sink: sink,
          maximumTokens: maximumTokens,
          stopTokens: coding.stopTokens,
          until: isLineEnd
        )
      }
      let words = coding.decode(answer.tokens)
      detail("\(policy.name): \(example.opening) [\(words)], expected \(example.label)")
      row.add(
        answer,
        isRight: example.isAnswered(by: words),
        isMajority: example.label == prompt.majority
      )
    }
    return row
  }
}
