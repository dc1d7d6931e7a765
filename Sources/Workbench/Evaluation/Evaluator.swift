internal import CommandLineSupport
package import Evaluation
package import KVFormat
package import Machine
internal import Runtime

/// A model and the way in which documents are encoded, for evaluations to measure.
package struct Evaluator: Sendable {
  /// The model.
  package var model: ModelChoice
  /// The beginning of everything, as it was chosen; nil for the default.
  package var sink: String?
  /// The codec by which keys and values of chunks are coded, and brought back, before they are merged.
  package var codec: KVCodec
  /// Threads for encoding and for answering.
  package var threads: Int

  /// An evaluator from its parts.
  package init(model: ModelChoice, sink: String?, codec: KVCodec, threads: Int) {
    self.model = model
    self.sink = sink
    self.codec = codec
    self.threads = threads
  }

  /// The command line of an evaluation with these settings.
  ///
  /// - Parameter words: The evaluation's name, its document and its options.
  /// - Returns: The line, which gives every parameter, as a shell takes it.
  package func command(_ words: [String]) -> String {
    ShellText.line(
      ["braid", "eval"] + words + (sink.map { ["--sink", $0] } ?? [])
        + (codec == .bf16 ? [] : ["--wire", codec.rawValue]) + [
          "--model", model.path, "--compute", model.compute.rawValue,
        ]
    )
  }

  /// Loads the model and works with it, off the threads that all waiting shares; bad input is told as such.
  ///
  /// - Parameters:
  ///   - memory: The memory that may still be taken, asked for once the model is loaded.
  ///   - work: The work.
  /// - Returns: What the work returns.
  /// - Throws: ``CommandFailure`` for bad input; what the work throws.
  package func evaluate<Result: Sendable>(
    memory: @escaping @Sendable () -> MemoryAllowance,
    _ work: @escaping @Sendable (EvaluationParts) throws -> Result
  ) async throws -> Result {
    let loaded = try await model.load(for: ModelUse(answers: true, lanes: threads))
    return try await ComputeThread(limit: 1).run {
      try reportingBadInput { try work(EvaluationParts(loaded, self, memory: memory())) }
    }
  }

  /// Loads the model and measures losses.
  ///
  /// - Parameters:
  ///   - configuration: The segments and policies.
  ///   - document: The text.
  ///   - memory: The memory that may still be taken, asked for once the model is loaded.
  ///   - progress: Takes the number of every segment that begins.
  /// - Returns: The rows.
  /// - Throws: ``CommandFailure`` for bad input; what measuring throws.
  package func perplexity(
    _ configuration: PerplexityEvaluation.Configuration,
    document: [UInt8],
    memory: @escaping @Sendable () -> MemoryAllowance,
    progress: @escaping @Sendable (Int) -> Void
  ) async throws -> [PerplexityRow] {
    try await evaluate(memory: memory) { parts in
      var configuration = configuration
      configuration.codec = codec
      let evaluation = PerplexityEvaluation(
        model: parts.contexts.model,
        sink: parts.sink,
        threads: parts.contexts.threads,
        configuration: configuration
      )
      return try evaluation.run(document: parts.encode(document), progress: progress)
    }
  }
}
