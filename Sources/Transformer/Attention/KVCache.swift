package import KVFormat
package import Memory

/// The sizes of one KV cache, `[layer][K then V][kvHead][token][headDimension]`, little-endian: those of the
/// model (``KVShape``), its length and the type of its elements.
///
/// A layer is one contiguous range of bytes, so that a cache becomes final front to back while the layers are
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

  /// The shape of `tokens` tokens of a model.
  package init(_ configuration: ModelConfiguration, tokens: Int, type: KVType) {
    model = KVShape(configuration)
    self.tokens = tokens
    self.type = type
  }

  /// Decoder blocks.
  package var layers: Int { model.layers }
  /// Key and value heads.
  package var kvHeads: Int { model.kvHeads }
  /// Values per head.
  package var headDimension: Int { model.headDimension }

  /// Bytes of one layer's keys and values.
  package var layerByteCount: Int { 2 * kvHeads * headByteCount }
  /// Bytes of the whole.
  package var byteCount: Int { layers * layerByteCount }
  /// Bytes of one head's keys, or values, in one layer.
  package var headByteCount: Int { tokens * headDimension * type.byteCount }
}

extension KVShape {
  /// The sizes of all KV caches of a model.
  package init(_ configuration: ModelConfiguration) {
    self.init(
      layers: configuration.layers,
      kvHeads: configuration.kvHeads,
      headDimension: configuration.headDimension
    )
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
  }

  /// Makes a zeroed cache.
  ///
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(shape: KVCacheShape) throws(ModelError) {
    try self.init(shape: shape, storage: .allocated(shape.byteCount))
  }

  /// The first byte of the keys of one layer and head, `tokens` rows of `headDimension` elements.
  package func keys(layer: Int, head: Int) -> UnsafeMutableRawPointer { pointer(layer, 0, head) }

  /// The first byte of the values of one layer and head, `tokens` rows of `headDimension` elements.
  package func values(layer: Int, head: Int) -> UnsafeMutableRawPointer { pointer(layer, 1, head) }

  private func pointer(_ layer: Int, _ part: Int, _ head: Int) -> UnsafeMutableRawPointer {
    let offset = ((layer * 2 + part) * shape.kvHeads + head) * shape.headByteCount
    return storage.base + offset
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
