internal import Tables

/// What a model takes of a machine: memory, arithmetic, and the speed that is to be expected.
package struct ModelNeeds: Codable, Hashable, Sendable {
  /// The needs at one precision.
  package struct AtPrecision: Codable, Hashable, Sendable {
    /// The precision, as `--compute` has it.
    package var compute: String
    /// Bytes of the packed linear layers.
    package var layerBytes: Int
    /// Bytes of the packed head, which a process that answers needs beside them.
    package var headBytes: Int
    /// Bytes of all weights of a process that answers: layers, head and embeddings.
    package var weightBytes: Int
    /// The tokens of documents for which a coordinator has room beside these weights; 0 if they do not fit.
    package var documentTokens: Int
    /// The measured speed of the matrix library on all cores, in 10^9 operations a second; nil if it was not measured.
    package var gigaoperationsPerSecond: Double?
    /// That speed over the operations of a token: the most tokens that all cores can encode in a second. Attention and
    /// the steps between the products are slower than these.
    package var mostTokensPerSecond: Double?

    /// Needs that were not measured.
    package init(compute: String, layerBytes: Int, headBytes: Int, weightBytes: Int, documentTokens: Int) {
      self.compute = compute
      self.layerBytes = layerBytes
      self.headBytes = headBytes
      self.weightBytes = weightBytes
      self.documentTokens = documentTokens
    }

    private enum CodingKeys: String, CodingKey {
      case compute
      case layerBytes = "layer_bytes"
      case headBytes = "head_bytes"
      case weightBytes = "weight_bytes"
      case documentTokens = "document_tokens"
      case gigaoperationsPerSecond = "gigaoperations_per_second"
      case mostTokensPerSecond = "most_tokens_per_second"
    }
  }

  /// The products that were measured.
  package struct Measured: Codable, Hashable, Sendable {
    /// The widths of an input row and of an output row of each matrix.
    package var matrices: [[Int]]
    /// The number of threads that multiplied at the same time.
    package var threads: Int
    /// About the time that each precision was measured for.
    package var seconds: Double

    package init(matrices: [[Int]], threads: Int, seconds: Double) {
      self.matrices = matrices
      self.threads = threads
      self.seconds = seconds
    }
  }

  /// Bytes of the embeddings in memory, as they are in the file.
  package var embeddingBytes: Int
  /// Bytes of all weights as they are in the file, which `--weights compact` keeps.
  package var compactBytes: Int
  /// Bytes of KV cache for one token as it travels in int8; nil if int8 saves none.
  package var codedKVBytesPerToken: Int?
  /// Operations of the linear layers for one token.
  package var linearOperationsPerToken: Double
  /// Operations for one token of a chunk of 1,024: the linear layers', and attention's to half of the chunk.
  package var encodeOperationsPerToken: Double
  /// Operations of attention for one token that sees 4,096.
  package var attentionOperationsAt4096: Double
  /// Bytes that this process may still take.
  package var memoryBytes: Int
  /// The limit that they are what is left of, in words.
  package var memoryLimit: String
  /// The needs at each precision that this processor has.
  package var precisions: [AtPrecision]
  /// The products that were measured; nil if none were.
  package var measured: Measured?

  package init(
    embeddingBytes: Int,
    compactBytes: Int,
    codedKVBytesPerToken: Int?,
    linearOperationsPerToken: Double,
    encodeOperationsPerToken: Double,
    attentionOperationsAt4096: Double,
    memoryBytes: Int,
    memoryLimit: String,
    precisions: [AtPrecision]
  ) {
    self.embeddingBytes = embeddingBytes
    self.compactBytes = compactBytes
    self.codedKVBytesPerToken = codedKVBytesPerToken
    self.linearOperationsPerToken = linearOperationsPerToken
    self.encodeOperationsPerToken = encodeOperationsPerToken
    self.attentionOperationsAt4096 = attentionOperationsAt4096
    self.memoryBytes = memoryBytes
    self.memoryLimit = memoryLimit
    self.precisions = precisions
  }

  private enum CodingKeys: String, CodingKey {
    case precisions, measured
    case embeddingBytes = "embedding_bytes"
    case compactBytes = "compact_weight_bytes"
    case codedKVBytesPerToken = "kv_bytes_per_token_int8"
    case linearOperationsPerToken = "linear_operations_per_token"
    case encodeOperationsPerToken = "encode_operations_per_token"
    case attentionOperationsAt4096 = "attention_operations_at_4096"
    case memoryBytes = "memory_bytes"
    case memoryLimit = "memory_limit"
  }

  /// Enters the measured speed at a precision, and the tokens that it comes to.
  ///
  /// - Parameters:
  ///   - rate: 10^9 operations a second.
  ///   - compute: The precision.
  package mutating func enter(rate: Double, at compute: String) {
    guard let index = precisions.firstIndex(where: { $0.compute == compute }) else { return }
    precisions[index].gigaoperationsPerSecond = rate
    precisions[index].mostTokensPerSecond =
      encodeOperationsPerToken > 0 ? rate * 1e9 / encodeOperationsPerToken : nil
  }

  /// The needs in lines for people, in the form of ``ModelInfo/lines``.
  package var lines: [String] {
    func billions(_ operations: Double) -> String { Quantities.rate(operations * 1e-9) }
    let chunk = encodeOperationsPerToken - linearOperationsPerToken
    var lines = [
      "arithmetic  \(billions(encodeOperationsPerToken)) billion operations a token in chunks of 1,024: linear layers "
        + "\(billions(linearOperationsPerToken)), attention \(billions(chunk)) (\(billions(attentionOperationsAt4096)) "
        + "at 4,096 tokens)",
      "memory      \(Quantities.bytes(memoryBytes)) may be taken (\(memoryLimit)); all weights as they are in the file, "
        + "which `--weights compact` keeps, take \(Quantities.bytes(compactBytes)), embeddings "
        + Quantities.bytes(embeddingBytes),
    ]
    if let measured {
      let matrices = measured.matrices.map { $0.map(Quantities.count).joined(separator: " x ") }
      lines.append(
        "speed       of the products of a layer (\(matrices.joined(separator: "; "))), "
          + "\(Quantities.counted(measured.threads, "core")) at once, \(Quantities.seconds(measured.seconds)) a "
          + "precision; tokens/s are that over the arithmetic, which attention makes slower"
      )
    }
    var columns: [(title: String, alignment: Table.Alignment)] = [
      ("  compute", .left), ("layers", .right), ("head", .right), ("all weights", .right),
      ("room for tokens", .right),
    ]
    if measured != nil { columns += [("10^9 op/s", .right), ("tokens/s at most", .right)] }
    var table = Table(columns)
    for row in precisions {
      table.add([
        "  \(row.compute)", Quantities.bytes(row.layerBytes), Quantities.bytes(row.headBytes),
        Quantities.bytes(row.weightBytes),
        row.documentTokens > 0 ? Quantities.count(row.documentTokens) : "none",
        row.gigaoperationsPerSecond.map(Quantities.rate) ?? "-",
        row.mostTokensPerSecond.map(Quantities.rate) ?? "-",
      ])
    }
    return lines + table.lines
  }
}
