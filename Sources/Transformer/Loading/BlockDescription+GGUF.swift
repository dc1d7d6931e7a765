internal import GGUF

extension BlockDescription {
  /// Completes what an architecture says of its blocks by what a file says.
  ///
  /// - Parameters:
  ///   - architecture: The architecture.
  ///   - reader: The file's metadata.
  ///   - layers: Decoder blocks.
  ///   - embedding: Width of the residual stream.
  ///   - heads: Query heads.
  /// - Throws: ``ModelError`` for numbers of another type or out of range.
  init(
    _ architecture: Architecture,
    _ reader: MetadataReader,
    layers: Int,
    embedding: Int,
    heads: Int
  ) throws(ModelError) {
    self = architecture.block
    if architecture.layersScaledByWidth == layers {
      attentionScale = 1 / (Float(embedding) / Float(heads)).squareRoot()
    }
    // Some writers put 0 where the scale is the usual one.
    attentionScale = try reader.factor("attention.scale") ?? attentionScale
    if architecture.hasCaps {
      attentionCap = try Self.cap("attn_logit_softcapping", reader, usual: architecture.usualCaps.attention)
      logitCap = try Self.cap("final_logit_softcapping", reader, usual: architecture.usualCaps.logits)
    }
    if architecture.scalesEmbeddings { embeddingScale = Float(embedding).squareRoot() }
    guard architecture.hasScales else { return }
    embeddingScale = try reader.factor("embedding_scale") ?? 1
    residualScale = try reader.factor("residual_scale") ?? 1
    logitScale = try reader.factor("logit_scale") ?? 1
  }

  /// A cap: the file's, of which 0 is none, else the architecture's.
  private static func cap(
    _ name: String,
    _ reader: MetadataReader,
    usual: Float?
  ) throws(ModelError) -> Float? {
    reader.contains(name) ? try reader.factor(name) : usual
  }
}

extension LayerAttention {
  /// Reads which layers see a window, and of which size.
  ///
  /// - Parameters:
  ///   - architecture: The architecture.
  ///   - reader: The file's metadata.
  ///   - layers: Decoder blocks.
  ///   - contextLength: The length for which the model was trained.
  /// - Returns: One for each layer.
  /// - Throws: ``ModelError`` for numbers of another type, out of range, or of an architecture without windows.
  static func read(
    _ architecture: Architecture,
    _ reader: MetadataReader,
    layers: Int,
    contextLength: Int
  ) throws(ModelError) -> [LayerAttention] {
    var all = Array(repeating: LayerAttention(), count: layers)
    let window = try reader.number(
      "attention.sliding_window",
      0...1 << 24,
      default: architecture.usualWindow ?? 0
    )
    guard window > 0 else { return all }
    // A window as long as the context hides nothing, but layers that have one may have a rotation of their own.
    switch architecture.windows {
    case .refused, .all: guard window < contextLength else { return all }
    case .allButEvery: break
    }
    if case .refused = architecture.windows {
      throw ModelError(
        .unsupported,
        "\(reader.key("attention.sliding_window")) is \(window): tokens see only a window of what precedes them, "
          + "which is not supported for \(architecture.name)"
      )
    }
    let isWindowed = try pattern(architecture, reader, layers: layers)
    for layer in 0..<layers where isWindowed[layer] { all[layer].window = window }
    return all
  }

  /// True for each layer that has a window: the file's period or list, else the architecture's rule.
  private static func pattern(
    _ architecture: Architecture,
    _ reader: MetadataReader,
    layers: Int
  ) throws(ModelError) -> [Bool] {
    let name = "attention.sliding_window_pattern"
    guard let value = reader.metadata[reader.key(name)] else {
      return (0..<layers).map(architecture.isWindowed)
    }
    if value.elementType != nil {
      guard let list = value.bools, list.count >= layers else {
        throw ModelError(
          .malformed,
          "\(reader.key(name)) is \(value), and must be a number or \(layers) truth values"
        )
      }
      return Array(list.prefix(layers))
    }
    let period = try reader.number(name, 0...1024)
    return (0..<layers).map { period == 0 || ($0 + 1) % period != 0 }
  }
}
