package import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import ParallelContext
internal import Runtime
internal import Tokenizers
internal import Transformer

/// An encode benchmark in turn with those that it is compared with: the same model in bf16, and llama.cpp.
package struct EncodeComparison: Sendable {
  /// The model.
  package var model: ModelChoice
  /// Tokens of the document.
  package var tokens: Int
  /// Tokens of a chunk.
  package var chunkTokens: Int
  /// Chunks encoded at a time.
  package var lanes: Int
  /// The number of timed encodings of the document, after a first one that does not count.
  package var repetitions: Int
  /// llama.cpp's program, once for each form of the model.
  package var peers: [LlamaBench]
  /// Tokens of llama.cpp's prompt.
  package var promptTokens: Int

  /// A comparison of a document, in chunks that are no longer than it.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - tokens: Tokens of the document.
  ///   - chunkTokens: Tokens of a chunk.
  ///   - lanes: Chunks encoded at a time.
  ///   - repetitions: How often the document is encoded.
  ///   - peers: llama.cpp's program, once for each form of the model.
  ///   - promptTokens: Tokens of llama.cpp's prompt; nil for those of a chunk.
  package init(
    model: ModelChoice,
    tokens: Int,
    chunkTokens: Int,
    lanes: Int,
    repetitions: Int,
    peers: [LlamaBench],
    promptTokens: Int?
  ) {
    self.model = model
    self.tokens = tokens
    self.chunkTokens = min(chunkTokens, tokens)
    self.lanes = lanes
    self.repetitions = repetitions
    self.peers = peers
    self.promptTokens = promptTokens ?? self.chunkTokens
  }

  /// Loads the model and measures. All contenders take turns, so that a slower spell of the machine meets each of
  /// them.
  ///
  /// - Parameters:
  ///   - taskset: Runs `taskset`.
  ///   - note: Takes a line about every round.
  /// - Returns: The report.
  /// - Throws: ``CommandFailure`` for a model that does not do, and for a peer that fails.
  package func report(
    taskset: ProgramOutcome.Runner,
    note: (String) -> Void
  ) async throws -> EncodeBenchmarkReport {
    let use = ModelUse(answers: false, lanes: lanes)
    let loaded = try await model.load(for: use)
    let benchmark = try await benchmark(loaded)
    note(RoundText.line(0, of: repetitions))
    // Before another model is loaded, so that the peak of memory is that of this one.
    try await benchmark.repeatOnce(isWarmUp: true)
    let bf16 = try await inBF16(besides: loaded, use)
    try await bf16?.repeatOnce(isWarmUp: true)
    var rates = [[Double]](repeating: [], count: peers.count)
    for round in stride(from: 1, through: repetitions, by: 1) {
      note(RoundText.line(round, of: repetitions))
      try await benchmark.repeatOnce()
      try await bf16?.repeatOnce()
      for (index, peer) in peers.enumerated() {
        rates[index].append(try await peer.tokensPerSecond(.prompt(tokens: promptTokens), taskset: taskset))
      }
    }
    var report = try await benchmark.report()
    if let bf16 {
      let rate = try await bf16.report().tokensPerSecond
      report.bf16TokensPerSecond = rate
      report.speedupOverBf16 = report.tokensPerSecond / rate
    }
    if !peers.isEmpty {
      let results = zip(peers, rates).map {
        $0.result(promptTokens: promptTokens, tokensPerSecond: median($1))
      }
      report.llama = results
      report.speedupOverLlama = report.tokensPerSecond / (results.map(\.tokensPerSecond).max() ?? .infinity)
    }
    return report
  }

  /// Loads the model in bf16 where it is loaded at another precision and there is room for both.
  private func inBF16(besides loaded: LoadedModel, _ use: ModelUse) async throws -> EncodeBenchmark? {
    var other = model
    (other.compute, other.weights) = (.fixed(.bf16), .packed)
    guard loaded.model.compute != .bf16, Precision.bf16.isSupported, try other.hasRoom(for: use) else {
      return nil
    }
    return try await benchmark(other.load(for: use))
  }

  private func benchmark(_ loaded: LoadedModel) async throws -> EncodeBenchmark {
    let tokenizer = try loaded.makeTokenizer()
    return try await reportingBadInput {
      try await EncodeBenchmark(
        model: loaded.model,
        tokens: BenchmarkText.tokens(tokens) { tokenizer.encode($0) },
        chunkTokens: chunkTokens,
        sink: tokenizer.chatOpening,
        lanes: lanes
      )
    }
  }
}
