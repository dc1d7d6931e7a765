package import GGUF

extension ModelConfiguration {
  /// The architectures that this program runs, by their names in a model file.
  package static let supportedArchitectures = ["llama", "qwen2"]

  /// Reads the configuration of a model from its file's metadata, and refuses a file with anything that would
  /// change the arithmetic unnoticed.
  ///
  /// - Throws: ``ModelError`` when the architecture is not supported, a number is missing or out of its
  ///   range, a tensor is missing or has another shape, or a tensor or a key has no use here.
  package init(_ file: GGUFFile) throws(ModelError) {
    try SplitFile.check(file)
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
    if let type = metadata.string("general.type"), type != "model" {
      throw ModelError(.unsupported, "general.type is \(type): this file is no model of its own")
    }
    try ModelKeys.check(metadata, architecture: architecture)
    func number(_ key: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) throws(ModelError)
      -> Int
    {
      let name = "\(architecture).\(key)"
      let found = metadata.unsigned(name).flatMap { Int(exactly: $0) }
      guard let value = metadata[name] == nil ? fallback : found else {
        throw ModelError(.malformed, metadata.missing(name, expected: "a whole number below 2^63").message)
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
    let valueDimension = try number("attention.value_length", 1...512, default: headDimension)
    guard valueDimension == headDimension else {
      throw ModelError(
        .unsupported,
        "\(architecture).attention.value_length is \(valueDimension), and keys have \(headDimension) values: other "
          + "lengths than equal ones are not supported"
      )
    }
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
    let tokens = metadata.strings("tokenizer.ggml.tokens")?.count ?? 0
    let vocabulary =
      file.tensor(named: "token_embd.weight").map { $0.dimensions.count == 2 ? $0.dimensions[1] : 0 } ?? 0
    guard vocabulary > 0, tokens <= vocabulary, vocabulary <= 1 << 24 else {
      throw ModelError(.malformed, "the model has \(vocabulary) embeddings for \(tokens) tokens")
    }
    let declared = try number("vocab_size", 1...1 << 24, default: vocabulary)
    guard declared == vocabulary else {
      throw ModelError(
        .malformed,
        "\(architecture).vocab_size is \(declared), but the model has \(vocabulary) embeddings"
      )
    }
    func real(_ key: String, default fallback: Double? = nil) throws(ModelError) -> Double {
      let name = "\(architecture).\(key)"
      guard let value = metadata[name] == nil ? fallback : metadata.double(name) else {
        throw ModelError(.malformed, metadata.missing(name, expected: "a number").message)
      }
      return value
    }
    let epsilon = try real("attention.layer_norm_rms_epsilon")
    let base = try real("rope.freq_base", default: 10000)
    guard Float(epsilon) > 0, epsilon < 1, base > 1, base.isFinite else {
      throw ModelError(.malformed, "the norm's epsilon \(epsilon) or the RoPE base \(base) is out of range")
    }
    // Some writers put 0 where the scale is the usual one.
    let usual = 1 / Double(headDimension).squareRoot()
    let scale = try real("attention.scale", default: usual)
    guard scale == 0 || abs(scale / usual - 1) < 1e-5 else {
      throw ModelError(
        .unsupported,
        "\(architecture).attention.scale is \(scale), only \(usual) (1 / sqrt(\(headDimension))) is supported"
      )
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
    rope.stretch(by: try Self.linearScaling(metadata, architecture: architecture))
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
    try ModelTensors(self).check(file)
  }

  /// The factor by which positions are divided. A factor without a type is one of linear scaling, as in the
  /// programs that wrote such files.
  private static func linearScaling(
    _ metadata: GGUFMetadata,
    architecture: String
  ) throws(ModelError) -> Float {
    let type = "\(architecture).rope.scaling.type"
    guard let kind = metadata[type] == nil ? "linear" : metadata.string(type) else {
      throw ModelError(.malformed, metadata.missing(type, expected: "a string").message)
    }
    guard kind == "linear" || kind == "none" else {
      throw ModelError(
        .unsupported,
        "\(type) is \(kind): RoPE scaling of this type is not supported, only linear"
      )
    }
    var factors: [Double] = []
    for name in ["rope.scaling.factor", "rope.scale_linear"].map({ "\(architecture).\($0)" }) {
      guard metadata[name] != nil else { continue }
      guard let value = metadata.double(name), (0...65536).contains(value), value == 0 || value >= 0x1p-16
      else {
        throw ModelError(.malformed, metadata.missing(name, expected: "a factor up to 65536").message)
      }
      // 0 is written where there is no scaling.
      factors.append(value == 0 ? 1 : value)
    }
    guard Set(factors).count < 2 else {
      throw ModelError(
        .malformed,
        "\(architecture).rope.scaling.factor and \(architecture).rope.scale_linear differ: \(factors[0]) and \(factors[1])"
      )
    }
    return kind == "none" ? 1 : Float(factors.first ?? 1)
  }
}
