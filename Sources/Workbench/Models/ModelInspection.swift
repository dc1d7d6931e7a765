package import CommandLineSupport
internal import GGUF
internal import KVFormat
package import Machine
internal import Runtime
internal import SystemText
internal import Tokenizers
internal import Transformer

/// A model file with all that can be told about it.
package struct ModelInspection: Sendable {
  /// What is known.
  package private(set) var info: ModelInfo
  private let costs: ModelCosts

  /// Looks into a model file.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - withDigest: Whether to read all of it for its digest.
  ///   - memory: The memory that this process may take.
  /// - Throws: ``CommandFailure`` with code `badInput` for a file that cannot be loaded.
  package init(path: String, withDigest: Bool, memory: MemoryAllowance) throws(CommandFailure) {
    do {
      let checked = try ModelFile(path: path)
      let chat = try checked.makeTokenizer().chat
      let c = checked.configuration
      let tensors = checked.file.tensors
      let bytes = checked.tensorBytes
      costs = ModelCosts(c, embeddingBytes: bytes.embeddings)
      info = ModelInfo(
        file: SystemText.shown(path),
        fileBytes: checked.file.byteCount,
        parts: checked.file.partCount,
        sha256: withDigest ? try checked.digest() : nil,
        name: c.name,
        architecture: c.architecture,
        parameters: ModelInfo.parameters(tensors.map(\.elementCount)),
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
        kvBytesPerToken: costs.kvBytes ?? 0,
        needs: ModelNeeds(
          costs,
          compactBytes: bytes.total,
          memory: memory,
          precisions: Precision.allCases.filter(\.isSupported)
        )
      )
    } catch {
      throw CommandFailure(.badInput, error.message, cause: error)
    }
  }

  /// Measures how fast this machine multiplies matrices of the shapes of the model's layers, at each precision that is
  /// worth it: f32 only where the processor has nothing better.
  ///
  /// - Parameters:
  ///   - seconds: About the time for all of it.
  ///   - threads: The number of threads, as many as lanes would run.
  /// - Throws: ``CommandFailure`` where it cannot be measured.
  package mutating func measure(seconds: Double, threads: Int) async throws {
    let precisions = Precision.allCases.filter { $0.isSupported && ($0 != .f32 || Precision.native == .f32) }
    let share = seconds / Double(max(1, precisions.count))
    let speed = MatrixSpeed(shapes: costs.measuredShapes, threads: threads)
    for precision in precisions {
      let rates = try await speed.rates(precision, seconds: share)
      if let rate = costs.linearRate(rates) { info.needs.enter(rate: rate, at: precision.rawValue) }
    }
    info.needs.measured = ModelNeeds.Measured(
      matrices: speed.shapes.map { [$0.inputs, $0.outputs] },
      threads: speed.threads,
      seconds: share
    )
  }
}

extension ModelNeeds {
  /// The needs of a model on this machine.
  fileprivate init(
    _ costs: ModelCosts,
    compactBytes: Int,
    memory: MemoryAllowance,
    precisions: [Precision]
  ) {
    self.init(
      embeddingBytes: costs.embeddingBytes,
      compactBytes: compactBytes,
      codedKVBytesPerToken: costs.codedKVBytes,
      linearOperationsPerToken: costs.linearOperations,
      encodeOperationsPerToken: costs.encodeOperations,
      attentionOperationsAt4096: costs.attentionOperations(seen: 4096),
      memoryBytes: memory.left,
      memoryLimit: "\(memory.limit)",
      precisions: precisions.map { precision in
        let layers = costs.layerBytes(precision.weights)
        // The head is not quantised.
        let head = costs.headBytes(precision.activations)
        let all = layers + head + costs.embeddingBytes
        return AtPrecision(
          compute: precision.rawValue,
          layerBytes: layers,
          headBytes: head,
          weightBytes: all,
          documentTokens: costs.documentTokens(memory: memory.left, weights: all)
        )
      }
    )
  }
}

extension ModelInfo {
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
