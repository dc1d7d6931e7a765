internal import APITypes
internal import CommandLineSupport
internal import Evaluation
internal import KVFormat
internal import Machine
internal import ParallelContext
internal import Runtime
internal import Tokenizers
internal import Transformer

/// What an evaluation is made of.
struct EvaluationSetup: Sendable {
  var modelPath: String
  var compute: PrecisionChoice
  /// What everything begins with; nil for the default.
  var sink: String?
  /// How keys and values of chunks are coded, and brought back, before they are merged.
  var codec = KVCodec.bf16

  /// The command line of an evaluation with this setup.
  ///
  /// - Parameter words: The evaluation's name, its document and its options.
  /// - Returns: The line, which gives every parameter, as a shell takes it.
  func command(_ words: [String]) -> String {
    ShellText.line(
      ["braid", "eval"] + words + (sink.map { ["--sink", $0] } ?? [])
        + (codec == .bf16 ? [] : ["--wire", codec.rawValue]) + [
          "--model", modelPath, "--compute", compute.rawValue,
        ]
    )
  }
}

/// Reads a list of policies, which is not empty.
func evaluatedPolicies(_ text: String) throws(CommandFailure) -> [NamedMethod] {
  let policies: [NamedMethod]
  do throws(ContextError) {
    policies = try NamedMethod.list(parsing: text)
  } catch {
    throw CommandFailure(.badInput, error.message)
  }
  guard !policies.isEmpty else {
    throw CommandFailure(.usage, "--policies is empty: name at least one policy.")
  }
  return policies
}

/// Loads the model and measures, off the threads that all waiting shares.
func evaluatePerplexity(
  _ setup: EvaluationSetup,
  _ configuration: PerplexityEvaluation.Configuration,
  document: [UInt8],
  progress: @escaping @Sendable (Int) -> Void
) async throws -> [PerplexityRow] {
  try await evaluate(setup) { parts in
    var configuration = configuration
    configuration.codec = setup.codec
    let evaluation = PerplexityEvaluation(
      model: parts.contexts.model,
      sink: parts.sink,
      threads: parts.contexts.threads,
      configuration: configuration
    )
    return try evaluation.run(document: parts.encode(document), progress: progress)
  }
}

/// What evaluations work with.
struct EvaluationParts {
  var contexts: EvaluationContexts
  var coding: TextCoding
  var sink: [Int32]
  /// The tokens of a document.
  var encode: ([UInt8]) -> [Int32]

  /// The most bytes of KV caches that are remembered.
  static let cacheBytes = 6 << 30

  init(_ loaded: LoadedModel, sink choice: String?, codec: KVCodec) throws {
    let tokenizer = try loaded.makeTokenizer()
    let writer = PromptWriter(tokenizer: tokenizer)
    sink = try writer.sink(choice)
    contexts = EvaluationContexts(
      model: loaded.model,
      threads: availableCores(),
      cacheBytes: min(Self.cacheBytes, availableMemory().left / 4),
      codec: codec
    )
    coding = TextCoding(
      encode: { tokenizer.encode($0) },
      decode: { tokenizer.decode($0) },
      boundaries: { tokenizer.boundaries(of: $0) },
      tail: { try writer.tail([ChatMessage(role: .user, content: $0)]) },
      stopTokens: tokenizer.stopTokens
    )
    encode = { tokenizer.encode(utf8: $0) }
  }
}

/// Loads the model and works with it, off the threads that all waiting shares; bad input is told as such.
func evaluate<Result: Sendable>(
  _ setup: EvaluationSetup,
  _ work: @escaping @Sendable (EvaluationParts) throws -> Result
) async throws -> Result {
  let loaded = try await load(setup.modelPath, setup.compute, withHead: true)
  return try await ComputeThread(limit: 1).run {
    try reportingBadInput { try work(EvaluationParts(loaded, sink: setup.sink, codec: setup.codec)) }
  }
}

/// Does something, and tells the errors that come from the user's input as bad input.
func reportingBadInput<Result>(_ work: () throws -> Result) throws -> Result {
  do {
    return try work()
  } catch let error as ContextError {
    throw CommandFailure(.badInput, error.message)
  } catch let error as ServiceError {
    throw CommandFailure(.badInput, error.message)
  } catch let error as ModelError {
    throw CommandFailure(.badInput, "\(error)")
  }
}
