package import GGUF

extension ModelConfiguration {
  /// The architectures that this program runs, by their names in a model file.
  package static var supportedArchitectures: [String] { Architecture.all.keys.sorted() }

  /// Reads the configuration of a model from its file's metadata, and refuses a file with anything that would
  /// change the arithmetic unnoticed.
  ///
  /// - Throws: ``ModelError`` when the architecture is not supported, a number is missing or out of its
  ///   range, a tensor is missing or has another shape, or a tensor or a key has no use here.
  package init(_ file: GGUFFile) throws(ModelError) {
    let metadata = file.metadata
    guard let name = metadata.string("general.architecture") else {
      throw ModelError(.malformed, "the model file does not name its architecture (general.architecture)")
    }
    guard let architecture = Architecture.all[name] else {
      throw ModelError(
        .unsupported,
        "the model's architecture is \(name); supported are \(Self.supportedArchitectures.joined(separator: ", "))"
      )
    }
    if let type = metadata.string("general.type"), type != "model" {
      throw ModelError(.unsupported, "general.type is \(type): this file is no model of its own")
    }
    try ModelKeys(architecture).check(metadata)
    let reader = MetadataReader(metadata: metadata, architecture: name)
    let layers = try reader.number("block_count", 1...1024)
    let embedding = try reader.number("embedding_length", 32...65536)
    let heads = try reader.number("attention.head_count", 1...1024)
    let kvHeads = try reader.number("attention.head_count_kv", 1...1024, default: heads)
    let headDimension = try Self.headDimension(reader, default: embedding / heads)
    guard heads % kvHeads == 0 else {
      throw ModelError(.malformed, "\(heads) query heads cannot share \(kvHeads) key and value heads evenly")
    }
    let contextLength = try reader.number("context_length", 1...1 << 24)
    let epsilon = try reader.real("attention.layer_norm_rms_epsilon")
    guard Float(epsilon) > 0, epsilon < 1 else {
      throw ModelError(
        .malformed,
        "\(reader.key("attention.layer_norm_rms_epsilon")) is \(epsilon): out of range"
      )
    }
    self.init(
      architecture: name,
      name: metadata.string("general.name") ?? name,
      layers: layers,
      embedding: embedding,
      feedForward: try reader.number("feed_forward_length", 32...1 << 20),
      heads: heads,
      kvHeads: kvHeads,
      headDimension: headDimension,
      vocabulary: try Self.vocabulary(file, reader),
      contextLength: contextLength,
      normEpsilon: Float(epsilon),
      rope: try RotaryConfiguration(
        file,
        reader,
        pairing: architecture.pairing,
        dimension: headDimension,
        contextLength: contextLength
      ),
      block: try BlockDescription(architecture, reader, layers: layers, embedding: embedding, heads: heads)
    )
    layerAttention = try LayerAttention.read(
      architecture,
      reader,
      layers: layers,
      contextLength: contextLength
    )
    try setRotations(architecture, reader)
    try ModelTensors(self).check(file)
  }

  private static func headDimension(_ reader: MetadataReader, default usual: Int) throws(ModelError) -> Int {
    let headDimension = try reader.number("attention.key_length", 1...512, default: usual)
    let valueDimension = try reader.number("attention.value_length", 1...512, default: headDimension)
    guard valueDimension == headDimension else {
      throw ModelError(
        .unsupported,
        "\(reader.key("attention.value_length")) is \(valueDimension), and keys have \(headDimension) values: other "
          + "lengths than equal ones are not supported"
      )
    }
    guard headDimension % 16 == 0 else {
      throw ModelError(
        .unsupported,
        "heads of \(headDimension) values are not supported, only multiples of 16"
      )
    }
    return headDimension
  }

  private static func vocabulary(_ file: GGUFFile, _ reader: MetadataReader) throws(ModelError) -> Int {
    let tokens = file.metadata.strings("tokenizer.ggml.tokens")?.count ?? 0
    let vocabulary =
      file.tensor(named: "token_embd.weight").map { $0.dimensions.count == 2 ? $0.dimensions[1] : 0 } ?? 0
    guard vocabulary > 0, tokens <= vocabulary, vocabulary <= 1 << 24 else {
      throw ModelError(.malformed, "the model has \(vocabulary) embeddings for \(tokens) tokens")
    }
    let declared = try reader.number("vocab_size", 1...1 << 24, default: vocabulary)
    guard declared == vocabulary else {
      throw ModelError(
        .malformed,
        "\(reader.key("vocab_size")) is \(declared), but the model has \(vocabulary) embeddings"
      )
    }
    return vocabulary
  }

  /// Gives layers with a window, and layers that are not rotated, their own rotation.
  private mutating func setRotations(_ architecture: Architecture, _ reader: MetadataReader)
    throws(ModelError)
  {
    if architecture.hasOwnWindowRotation, layerAttention.contains(where: { $0.window != nil }) {
      let name = "rope.freq_base_swa"
      let base = try reader.real(name, default: architecture.windowBase ?? rope.base)
      guard base > 1 else {
        throw ModelError(.malformed, "\(reader.key(name)) is \(base), and must be above 1")
      }
      ropes.append(
        RotaryConfiguration(
          base: base,
          dimension: headDimension,
          rotated: rope.rotated,
          pairing: rope.pairing
        )
      )
      for layer in 0..<layers where layerAttention[layer].window != nil {
        layerAttention[layer].rope = ropes.count - 1
      }
    }
    let still = (0..<layers).filter { !architecture.isRotated(layer: $0) }
    guard !still.isEmpty else { return }
    ropes.append(rope.still)
    for layer in still { layerAttention[layer].rope = ropes.count - 1 }
  }
}
