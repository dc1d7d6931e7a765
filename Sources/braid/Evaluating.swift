internal import APITypes
internal import CommandLineSupport
internal import Evaluation
internal import ParallelContext
internal import Runtime
internal import Tokenizers
internal import Transformer

/// What an evaluation is made of.
struct EvaluationSetup: Sendable {
  var modelPath: String
  var compute: Compute
  /// What everything begins with; nil for the default.
  var sink: String?
}

/// Reads a list of policies: names separated by commas, or policies in parts separated by semicolons.
func evaluatedPolicies(_ text: String) throws(CommandFailure) -> [EvaluatedPolicy] {
  let separator: Character = text.contains(";") || text.contains("=") ? ";" : ","
  var policies: [EvaluatedPolicy] = []
  for part in text.split(separator: separator) {
    do throws(ContextError) {
      policies.append(try EvaluatedPolicy(parsing: String(part)))
    } catch {
      throw CommandFailure(.badInput, "\(error.message); full-attention and naive are allowed here too")
    }
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
  let loaded = try await load(setup.modelPath, setup.compute, withHead: true)
  let tokenizer = try Tokenizer(loaded.tokenizer)
  do {
    let sink = try PromptWriter(tokenizer: tokenizer).sink(setup.sink)
    let evaluation = PerplexityEvaluation(
      model: loaded.model,
      sink: sink,
      threads: availableCores(),
      configuration: configuration
    )
    return try await ComputeThread(limit: 1).run {
      try evaluation.run(document: tokenizer.encode(utf8: document), progress: progress)
    }
  } catch let error as ContextError {
    throw CommandFailure(.badInput, error.message)
  } catch let error as ServiceError {
    throw CommandFailure(.badInput, error.message)
  } catch let error as ModelError {
    throw CommandFailure(.badInput, "\(error)")
  }
}
