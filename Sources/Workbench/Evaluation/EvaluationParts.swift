internal import APITypes
package import Evaluation
package import Machine
internal import Runtime
internal import Tokenizers

/// The parts of a loaded model that evaluations work with.
package struct EvaluationParts {
  /// The contexts that they read.
  package let contexts: EvaluationContexts
  /// The functions between text and tokens.
  package let coding: TextCoding
  /// The tokens before everything.
  package let sink: [Int32]
  /// The tokens of a document.
  package let encode: ([UInt8]) -> [Int32]

  /// The most bytes of KV caches that are remembered.
  ///
  /// - Parameter memory: The memory that may still be taken.
  /// - Returns: A quarter of it, at most 6 GiB.
  package static func cacheBytes(of memory: MemoryAllowance) -> Int { min(6 << 30, memory.left / 4) }

  init(_ loaded: LoadedModel, _ evaluator: Evaluator, memory: MemoryAllowance) throws {
    let tokenizer = try loaded.makeTokenizer()
    let writer = PromptWriter(tokenizer: tokenizer)
    sink = try writer.sink(evaluator.sink)
    contexts = EvaluationContexts(
      model: loaded.model,
      threads: evaluator.threads,
      cacheBytes: Self.cacheBytes(of: memory),
      codec: evaluator.codec
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
