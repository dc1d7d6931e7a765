package import Benchmarks
package import CommandLineSupport
internal import KVFormat
package import Machine
internal import ParallelContext
internal import Runtime
internal import Tables
internal import Tokenizers
internal import Transformer

/// A query benchmark in turn with llama.cpp's decoding at the same depths.
package struct QueryComparison: Sendable {
  /// The model.
  package var model: ModelChoice
  /// The contexts and how they are read.
  package var configuration: QueryBenchmark.Configuration
  /// Chunks encoded at a time.
  package var lanes: Int
  /// The number of timed answers over each context, after a first one that does not count.
  package var repetitions: Int
  /// llama.cpp's program, once for each form of the model.
  package var peers: [LlamaBench]
  /// The text of the contexts and the questions behind them; nil for a generated one.
  package var document: [UInt8]?

  /// A comparison from its parts.
  package init(
    model: ModelChoice,
    configuration: QueryBenchmark.Configuration,
    lanes: Int,
    repetitions: Int,
    peers: [LlamaBench],
    document: [UInt8]? = nil
  ) {
    self.model = model
    self.configuration = configuration
    self.lanes = lanes
    self.repetitions = repetitions
    self.peers = peers
    self.document = document
  }

  /// Loads the model, encodes the contexts and measures. All contenders take turns, so that a slower spell of the
  /// machine meets each of them.
  ///
  /// - Parameters:
  ///   - memory: The memory that may still be taken, asked for once the model is loaded.
  ///   - taskset: Runs `taskset`.
  ///   - note: Takes a line about every step.
  /// - Returns: A row for each context.
  /// - Throws: ``CommandFailure`` for a model or contexts that do not do, and for a peer that fails.
  package func rows(
    memory: () -> MemoryAllowance,
    taskset: ProgramOutcome.Runner,
    note: @escaping @Sendable (String) -> Void
  ) async throws -> [QueryBenchmarkRow] {
    let benchmark = try await benchmark(memory: memory, note: note)
    let contexts = configuration.contexts
    var seconds = contexts.map { _ in peers.map { _ in [Double]() } }
    for round in 0...repetitions {
      note(RoundText.line(round, of: repetitions))
      for index in contexts.indices {
        try await benchmark.answerOnce(context: index, isWarmUp: round == 0)
        for number in configuration.concurrency {
          try await benchmark.answerTogether(number, context: index, isWarmUp: round == 0)
        }
        guard round > 0 else { continue }
        for (form, peer) in peers.enumerated() {
          let work = LlamaBench.Work.decoding(tokens: configuration.tokens, context: contexts[index])
          seconds[index][form].append(1 / (try await peer.tokensPerSecond(work, taskset: taskset)))
        }
      }
    }
    if configuration.recallQuestions > 0 {
      for index in contexts.indices {
        note("comparing with a full scan over a context of \(contexts[index]) tokens")
        try await benchmark.compareScans(context: index)
      }
    }
    var rows = await benchmark.report()
    for index in rows.indices {
      rows[index].compare(
        with: zip(peers, seconds[index]).map { $0.result(secondsPerToken: median($1)) }
      )
    }
    return rows
  }

  private func benchmark(
    memory: () -> MemoryAllowance,
    note: @escaping @Sendable (String) -> Void
  ) async throws -> QueryBenchmark {
    let loaded = try await model.load(for: ModelUse(answers: true, lanes: lanes))
    let longest = configuration.distinctTokens
    let bytes = KVCacheShape(loaded.model.configuration, tokens: longest, type: .bf16).byteCount
    try Self.check(contextTokens: longest, bytes: bytes, memory: memory())
    let tokenizer = try loaded.makeTokenizer()
    let needed = configuration.textTokens
    let text =
      document.map { Array(tokenizer.encode(utf8: $0).prefix(needed)) }
      ?? BenchmarkText.tokens(needed) { tokenizer.encode($0) }
    return try await reportingBadInput {
      try await QueryBenchmark(
        model: loaded.model,
        text: text,
        sink: try PromptWriter(tokenizer: tokenizer).sink(nil),
        lanes: lanes,
        configuration: configuration
      ) { done, all in
        if done == all || done.isMultiple(of: 8) { note("encoded \(done) of \(all) chunks") }
      }
    }
  }

  /// Refuses a context that takes more than half of the memory.
  ///
  /// - Parameters:
  ///   - tokens: Its tokens.
  ///   - bytes: The bytes of its keys and values.
  ///   - memory: The memory that may still be taken.
  /// - Throws: ``CommandFailure`` with code `badInput`.
  package static func check(
    contextTokens tokens: Int,
    bytes: Int,
    memory: MemoryAllowance
  ) throws(CommandFailure) {
    guard bytes <= memory.left / 2 else {
      throw CommandFailure(
        .badInput,
        "A context of \(tokens) tokens needs \(Quantities.bytes(bytes)), more than \(Quantities.bytes(memory.left / 2)), "
          + "half of what is left of \(memory.limit): give a shorter --context."
      )
    }
  }
}
