public import GGUF

extension ModelConfiguration {
  /// The architectures that this program runs, by their names in a model file.
  public static let supportedArchitectures = ["llama", "qwen2"]

  /// Reads the numbers of a model from its file's metadata.
  ///
  /// - Throws: ``ModelError`` when the architecture is not supported or a number is missing or out of its
  ///   range.
  public init(_ file: GGUFFile) throws(ModelError) {
    let metadata = file.metadata
    guard let architecture = metadata.string("general.architecture") else {
      throw ModelError(.malformed, "the model file does not name its architecture (general.architecture)")
    }
    guard Self.supportedArchitectures.contains(architecture) else {
      throw ModelError(
        .unsupported,
        "the model's architecture is \(architecture); supported are \(Self.supportedArchitectures.joined(separator: ", "))"
      )
    }
    func number(_ key: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) throws(ModelError)
      -> Int
    {
      let name = "\(architecture).\(key)"
      guard let value = metadata.unsigned(name).flatMap({ Int(exactly: $0) }) ?? fallback else {
        throw ModelError(.malformed, "the model file lacks \(name)")
      }
      guard range.contains(value) else {
        throw ModelError(
          .unsupported,
          "\(name) is \(value), outside the supported \(range.lowerBound) to \(range.upperBound)"
        )
      }
      return value
    }
    let layers = try number("block_count", 1...1024)
    let embedding = try number("embedding_length", 32...65536)
    let heads = try number("attention.head_count", 1...1024)
    let kvHeads = try number("attention.head_count_kv", 1...1024, default: heads)
    let headDimension = try number("attention.key_length", 1...512, default: embedding / heads)
    guard heads % kvHeads == 0 else {
      throw ModelError(.malformed, "\(heads) query heads cannot share \(kvHeads) key and value heads evenly")
    }
    guard headDimension % 64 == 0 else {
      throw ModelError(
        .unsupported,
        "heads of \(headDimension) values are not supported, only multiples of 64"
      )
    }
    let rotated = try number("rope.dimension_count", 2...512, default: headDimension)
    guard rotated == headDimension else {
      throw ModelError(
        .unsupported,
        "rotating \(rotated) of \(headDimension) values of a head is not supported, only all of them"
      )
    }
    if let scaling = metadata.string("\(architecture).rope.scaling.type"), scaling != "none" {
      throw ModelError(.unsupported, "RoPE scaling of type \(scaling) is not supported")
    }
    let tokens = metadata.strings("tokenizer.ggml.tokens")?.count ?? 0
    let vocabulary =
      file.tensor(named: "token_embd.weight").map { $0.dimensions.count == 2 ? $0.dimensions[1] : 0 } ?? 0
    guard vocabulary > 0, tokens <= vocabulary, vocabulary <= 1 << 24 else {
      throw ModelError(.malformed, "the model has \(vocabulary) embeddings for \(tokens) tokens")
    }
    let epsilon = metadata.double("\(architecture).attention.layer_norm_rms_epsilon") ?? 1e-5
    let base = metadata.double("\(architecture).rope.freq_base") ?? 10000
    guard epsilon > 0, epsilon < 1, base > 1, base.isFinite else {
      throw ModelError(.malformed, "the norm's epsilon \(epsilon) or the RoPE base \(base) is out of range")
    }
    var rope = RotaryConfiguration(
      base: base,
      dimension: headDimension,
      pairing: architecture == "llama" ? .interleaved : .halves
    )
    if file.tensor(named: "rope_freqs.weight") != nil {
      let factors = try WeightLoader.vector(file, "rope_freqs.weight", headDimension / 2)
      guard factors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw ModelError(.malformed, "a factor of rope_freqs.weight is not a positive number")
      }
      rope.factors = factors
    }
    self.init(
      architecture: architecture,
      name: metadata.string("general.name") ?? architecture,
      layers: layers,
      embedding: embedding,
      feedForward: try number("feed_forward_length", 32...1 << 20),
      heads: heads,
      kvHeads: kvHeads,
      headDimension: headDimension,
      vocabulary: vocabulary,
      contextLength: try number("context_length", 1...1 << 24),
      normEpsilon: Float(epsilon),
      rope: rope
    )
  }
}
