package import CommandLineSupport
internal import GGUF
internal import KVFormat
internal import Runtime
internal import SystemText
internal import Tokenizers
internal import Transformer

extension ModelInfo {
  /// Looks into a model file.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``CommandFailure`` with code `badInput` for a file that cannot be loaded.
  package init(path: String) throws(CommandFailure) {
    do {
      let checked = try ModelFile(path: path)
      let chat = try checked.makeTokenizer().chat
      let c = checked.configuration
      let tensors = checked.file.tensors
      self.init(
        file: SystemText.shown(path),
        fileBytes: checked.file.byteCount,
        sha256: try checked.digest(),
        name: c.name,
        architecture: c.architecture,
        parameters: Self.parameters(tensors.map(\.elementCount)),
        layers: c.layers,
        embeddingLength: c.embedding,
        feedForwardLength: c.feedForward,
        heads: c.heads,
        kvHeads: c.kvHeads,
        headDimension: c.headDimension,
        contextTokens: c.contextLength,
        ropeBase: c.rope.base,
        vocabulary: c.vocabulary,
        tokenizer: checked.tokenizer.preTokenizer,
        chatTemplate: chat.isPresent,
        chatFormat: chat.family.description,
        tensorTypes: Dictionary(tensors.map { ($0.type.description, 1) }, uniquingKeysWith: +),
        kvBytesPerToken: KVCacheShape(c, tokens: 1, type: .bf16).byteCount
      )
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }

  /// The parameters of a model.
  ///
  /// - Parameter counts: The elements of each tensor. Tensors may lie over each other in a file that means harm.
  /// - Returns: Their sum, the largest number there is where that is larger.
  package static func parameters(_ counts: [Int]) -> Int {
    counts.reduce(0) { sum, count in
      let (total, overflow) = sum.addingReportingOverflow(count)
      return overflow ? .max : total
    }
  }
}
