package import KVFormat
package import Memory

/// The sizes of one KV cache, `[layer][K then V][kvHead][token][headDimension]`, little-endian: those of the
/// model (``KVShape``), its length and the type of its elements.
///
/// A chunk of a model with windows keeps only its last tokens in layers that have one; see
/// ``KVShape/keptTokens``. A layer is one contiguous range of bytes, so that a cache becomes final front to back while the layers are
/// computed.
package struct KVCacheShape: Sendable, Hashable {
  /// The sizes of all KV caches of the model.
  package var model: KVShape
  /// Tokens.
  package var tokens: Int
  /// The type of an element.
  package var type: KVType

  /// Makes a shape from its sizes.
  package init(layers: Int, kvHeads: Int, headDimension: Int, tokens: Int, type: KVType) {
    model = KVShape(layers: layers, kvHeads: kvHeads, headDimension: headDimension)
    self.tokens = tokens
    self.type = type
  }

  /// The shape of `tokens` tokens of a model, all of which are kept in all layers.
  package init(_ configuration: ModelConfiguration, tokens: Int, type: KVType) {
    self.init(KVShape(configuration), tokens: tokens, type: type)
  }

  /// The shape of a chunk of `tokens` tokens, of which each layer keeps those that a later query can see.
  package init(chunkOf configuration: ModelConfiguration, tokens: Int, type: KVType) {
    self.init(KVShape(chunksOf: configuration), tokens: tokens, type: type)
  }

  private init(_ model: KVShape, tokens: Int, type: KVType) {
    self.model = model
    self.tokens = tokens
    self.type = type
  }

  /// Decoder blocks.
  package var layers: Int { model.layers }
  /// Key and value heads.
  package var kvHeads: Int { model.kvHeads }
  /// Values per head.
  package var headDimension: Int { model.headDimension }

  /// The number of tokens that a layer keeps, the last ones.
  package func keptTokens(layer: Int) -> Int { model.keptTokens(layer: layer, of: tokens) }
  /// The number of tokens before those that a layer keeps.
  package func droppedTokens(layer: Int) -> Int { tokens - keptTokens(layer: layer) }
  /// Bytes of one layer's keys and values.
  package func layerByteCount(_ layer: Int) -> Int { 2 * kvHeads * headByteCount(layer: layer) }
  /// The offset of a layer's first byte, for the number of layers that of the whole.
  package func layerOffset(_ layer: Int) -> Int {
    guard !model.keptTokens.isEmpty else { return layer * layerByteCount(0) }
    return (0..<layer).reduce(0) { $0 + layerByteCount($1) }
  }
  /// Bytes of the whole.
  package var byteCount: Int { layerOffset(layers) }
  /// Bytes of one head's keys, or values, in one layer.
  package func headByteCount(layer: Int) -> Int {
    keptTokens(layer: layer) * headDimension * type.byteCount
  }
}

extension KVShape {
  /// The sizes of KV caches of a model with all tokens in all layers.
  package init(_ configuration: ModelConfiguration) {
    self.init(
      layers: configuration.layers,
      kvHeads: configuration.kvHeads,
      headDimension: configuration.headDimension
    )
  }

  /// The sizes of a model's chunks, of which a local layer keeps what a later query can see: a window less the
  /// query's own token.
  package init(chunksOf configuration: ModelConfiguration) {
    self.init(configuration)
    let kept = (0..<layers).map { layer in
      configuration.isLocal(layer: layer) ? max(1, (configuration.window(layer: layer) ?? 1) - 1) : 0
    }
    if kept.contains(where: { $0 > 0 }) { keptTokens = kept }
  }
}

/// Keys and values of a run of tokens, all layers.
///
/// It is filled by one task, then shared read-only; see ``AlignedBuffer``.
package struct KVCache: Sendable {
  /// The sizes.
  package let shape: KVCacheShape
  /// The bytes, at least `shape.byteCount` of them.
  package let storage: AlignedBuffer
  /// The offset of each layer's first byte.
  private let offsets: [Int]

  /// Makes a cache of filled bytes.
  ///
  /// - Throws: ``ModelError`` when there are fewer bytes than the shape needs.
  package init(shape: KVCacheShape, storage: AlignedBuffer) throws(ModelError) {
    guard storage.byteCount >= shape.byteCount else {
      throw ModelError(
        .badInput,
        "a KV cache of \(shape.tokens) tokens has \(shape.byteCount) bytes, not \(storage.byteCount)"
      )
    }
    self.shape = shape
    self.storage = storage
    offsets = (0..<shape.layers).map(shape.layerOffset)
  }

  /// Makes a zeroed cache.
  ///
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(shape: KVCacheShape) throws(ModelError) {
    try self.init(shape: shape, storage: .allocated(shape.byteCount))
  }

  /// The first byte of the keys of one layer and head, `headDimension` elements for each token that is kept.
  package func keys(layer: Int, head: Int) -> UnsafeMutableRawPointer { pointer(layer, 0, head) }

  /// The first byte of the values of one layer and head, `headDimension` elements for each token that is kept.
  package func values(layer: Int, head: Int) -> UnsafeMutableRawPointer { pointer(layer, 1, head) }

  private func pointer(_ layer: Int, _ part: Int, _ head: Int) -> UnsafeMutableRawPointer {
    storage.base + offsets[layer] + (part * shape.kvHeads + head) * shape.headByteCount(layer: layer)
  }
}

extension AlignedBuffer {
  /// Allocates `byteCount` bytes; a failure becomes a ``ModelError``.
  package static func allocated(_ byteCount: Int) throws(ModelError) -> AlignedBuffer {
    do {
      return try AlignedBuffer(byteCount: byteCount)
    } catch {
      throw ModelError(.outOfMemory, error.message, cause: error)
    }
  }

  /// Allocates several blocks in one, each aligned to ``AlignedBuffer/alignment``.
  ///
  /// An allocation of megabytes is made large enough for huge pages: the products that walk through it then
  /// wait for few address translations.
  ///
  /// - Parameter byteCounts: The sizes of the blocks.
  /// - Returns: The memory, and the first byte of each block.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  static func pieces(
    _ byteCounts: [Int]
  ) throws(ModelError) -> (storage: AlignedBuffer, starts: [UnsafeMutableRawPointer]) {
    var offsets: [Int] = []
    var total = 0
    for count in byteCounts {
      offsets.append(total)
      total += (count + alignment - 1) / alignment * alignment
    }
    let storage = try allocated(total < 1 << 20 ? total : max(total, smallestMapping))
    return (storage, offsets.map { storage.base + $0 })
  }
}
