internal import CKernels
package import KVFormat

/// The coding of one chunk's keys and values: numbers of bytes, encoder and decoder.
///
/// Each layer is coded by itself, so coded layers become final from front to back, as plain ones do. A coded layer is never larger than a plain one, so both sides code within the
/// memory of the plain bytes: the sender moves coded layers to its front, the receiver begins with them at
/// its end. The trailer, bytes of any kind that follow the layers, is never coded.
///
/// A layer in int8 is, with G groups of ``groupTokens`` tokens, the last of which may be smaller:
///
///     key scales    [KV head][G][head dimension]       bf16
///     value scales  [KV head][token]                   bf16
///     keys          [KV head][token][head dimension]   int8
///     values        [KV head][token][head dimension]   int8
///
/// little-endian. A number is its int8 times its scale, rounded to the nearest bf16.
package struct KVCoding: Hashable, Sendable {
  /// The tokens of keys that share the scale of a channel.
  package static let groupTokens = 64

  /// The most layers; a peer may claim any number.
  package static let mostLayers = 4096

  /// The codec.
  package let codec: KVCodec
  /// The number of layers.
  package let layers: Int
  /// Bytes of the trailer, which follows the layers.
  package let trailerByteCount: Int

  private let kvHeads: Int
  private let headDimension: Int
  private let shape: KVShape
  private let tokens: Int
  /// The offsets of plain and of coded layers, with that behind the last; equal if nothing is coded.
  private let plainOffsets: [Int]
  private let codedOffsets: [Int]

  /// Makes a coding, or nil when
  ///
  /// - the codec does not suit these elements or would not save bytes,
  /// - there are no elements or more than ``mostLayers`` layers, or the trailer's size is negative,
  /// - all bytes together are more than ``WireProtocol/maximumChunkBytes``.
  ///
  /// - Parameters:
  ///   - codec: The codec.
  ///   - shape: The sizes of the model's KV cache.
  ///   - tokens: The chunk's tokens.
  ///   - type: The type of a plain element.
  ///   - trailerByteCount: The bytes that follow the layers and are never coded.
  package init?(
    _ codec: KVCodec,
    shape: KVShape,
    tokens: Int,
    type: KVType,
    trailerByteCount: Int = 0
  ) {
    guard let plain = shape.byteCount(tokens: tokens, type: type),
      1...WireProtocol.maximumChunkBytes ~= plain,
      0...WireProtocol.maximumChunkBytes - plain ~= trailerByteCount
    else { return nil }
    self.codec = codec
    self.trailerByteCount = trailerByteCount
    layers = shape.layers
    kvHeads = shape.kvHeads
    headDimension = shape.headDimension
    self.shape = shape
    self.tokens = tokens
    guard layers <= Self.mostLayers else { return nil }
    var (plainOffsets, codedOffsets) = ([0], [0])
    for layer in 0..<layers {
      guard let bytes = shape.layerByteCount(layer, tokens: tokens, type: type) else { return nil }
      plainOffsets.append(plainOffsets[layer] + bytes)
      guard codec == .int8 else { continue }
      // None of these products is larger than the plain bytes, which have been counted.
      let kept = shape.keptTokens(layer: layer, of: tokens)
      let groups = (kept - 1) / Self.groupTokens + 1
      let coded = bytes / 2 + 2 * kvHeads * (groups * headDimension + kept)
      guard type == .bf16, coded <= bytes else { return nil }
      codedOffsets.append(codedOffsets[layer] + coded)
    }
    self.plainOffsets = plainOffsets
    self.codedOffsets = codec == .int8 ? codedOffsets : plainOffsets
  }

  /// The range of a plain layer's bytes.
  package func plainRange(_ layer: Int) -> Range<Int> { plainOffsets[layer]..<plainOffsets[layer + 1] }
  /// The range of a coded layer's bytes, counted from the first coded byte.
  package func codedRange(_ layer: Int) -> Range<Int> { codedOffsets[layer]..<codedOffsets[layer + 1] }
  /// Bytes of a plain layer.
  package func layerByteCount(_ layer: Int) -> Int { plainRange(layer).count }
  /// Bytes of a coded layer, at most as many as of the plain one.
  package func codedLayerByteCount(_ layer: Int) -> Int { codedRange(layer).count }
  /// Bytes of all plain layers, which is the offset of the trailer behind them.
  package var layersByteCount: Int { plainOffsets[layers] }
  /// Bytes of all coded layers, which is the offset of the trailer behind those.
  package var codedLayersByteCount: Int { codedOffsets[layers] }
  /// Bytes of all plain layers and of the trailer.
  package var byteCount: Int { layersByteCount + trailerByteCount }
  /// Bytes of all coded layers and of the trailer: those that travel.
  package var codedByteCount: Int { codedLayersByteCount + trailerByteCount }
  /// True if coded bytes are equal to the plain ones.
  package var isPlain: Bool { codec == .bf16 }
  /// Bytes of scratch memory for ``encodeInPlace(layer:of:room:)`` and ``decodeInPlace(layer:of:room:)``.
  package var roomByteCount: Int { isPlain ? 0 : (0..<layers).map(codedLayerByteCount).max() ?? 0 }

  /// Codes one layer.
  ///
  /// - Parameters:
  ///   - number: The layer's number.
  ///   - layer: The plain layer, ``layerByteCount(_:)`` bytes.
  ///   - coded: The memory for the coded layer, ``codedLayerByteCount(_:)`` bytes that do not overlap the plain
  ///     ones. Both begin at even addresses.
  /// - Returns: True if there is such a layer and the sizes are right; otherwise nothing is done.
  package func encode(
    _ number: Int,
    _ layer: UnsafeRawBufferPointer,
    into coded: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard 0..<layers ~= number, layer.count == layerByteCount(number),
      coded.count == codedLayerByteCount(number), let plain = layer.baseAddress, let base = coded.baseAddress
    else { return false }
    let tokens = shape.keptTokens(layer: number, of: tokens)
    guard !isPlain else {
      base.copyMemory(from: plain, byteCount: layer.count)
      return true
    }
    let parts = Parts(self, tokens: tokens)
    for head in 0..<kvHeads {
      let keys = plain + head * parts.headBytes
      braid_kv_encode_keys(
        keys.assumingMemoryBound(to: UInt16.self),
        (base + parts.keys(head)).assumingMemoryBound(to: Int8.self),
        (base + parts.keyScales(head)).assumingMemoryBound(to: UInt16.self),
        tokens,
        headDimension,
        Self.groupTokens
      )
      braid_kv_encode_values(
        (keys + kvHeads * parts.headBytes).assumingMemoryBound(to: UInt16.self),
        (base + parts.values(head)).assumingMemoryBound(to: Int8.self),
        (base + parts.valueScales(head)).assumingMemoryBound(to: UInt16.self),
        tokens,
        headDimension
      )
    }
    return true
  }

  /// Decodes one layer; any bytes of the right number can be decoded.
  ///
  /// - Parameters:
  ///   - number: The layer's number.
  ///   - coded: The coded layer, ``codedLayerByteCount(_:)`` bytes.
  ///   - layer: The memory for the plain layer, ``layerByteCount(_:)`` bytes that do not overlap the coded ones.
  ///     Both begin at even addresses.
  /// - Returns: True if there is such a layer and the sizes are right; otherwise nothing is done.
  package func decode(
    _ number: Int,
    _ coded: UnsafeRawBufferPointer,
    into layer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard 0..<layers ~= number, coded.count == codedLayerByteCount(number),
      layer.count == layerByteCount(number), let base = coded.baseAddress, let plain = layer.baseAddress
    else { return false }
    let tokens = shape.keptTokens(layer: number, of: tokens)
    guard !isPlain else {
      plain.copyMemory(from: base, byteCount: layer.count)
      return true
    }
    let parts = Parts(self, tokens: tokens)
    for head in 0..<kvHeads {
      let keys = plain + head * parts.headBytes
      braid_kv_decode_keys(
        (base + parts.keys(head)).assumingMemoryBound(to: Int8.self),
        (base + parts.keyScales(head)).assumingMemoryBound(to: UInt16.self),
        keys.assumingMemoryBound(to: UInt16.self),
        tokens,
        headDimension,
        Self.groupTokens
      )
      braid_kv_decode_values(
        (base + parts.values(head)).assumingMemoryBound(to: Int8.self),
        (base + parts.valueScales(head)).assumingMemoryBound(to: UInt16.self),
        (keys + kvHeads * parts.headBytes).assumingMemoryBound(to: UInt16.self),
        tokens,
        headDimension
      )
    }
    return true
  }

  /// The offsets of the parts of a coded int8 layer, in bytes.
  private struct Parts {
    /// Bytes of one head's plain keys, or values.
    let headBytes: Int
    private let count: Int
    private let tokens: Int
    private let keyScaleBytes: Int
    private let valueScales: Int
    private let keys: Int
    private let values: Int

    init(_ coding: KVCoding, tokens: Int) {
      self.tokens = tokens
      count = tokens * coding.headDimension
      headBytes = 2 * count
      keyScaleBytes = 2 * ((tokens - 1) / KVCoding.groupTokens + 1) * coding.headDimension
      valueScales = coding.kvHeads * keyScaleBytes
      keys = valueScales + coding.kvHeads * 2 * tokens
      values = keys + coding.kvHeads * count
    }

    func keyScales(_ head: Int) -> Int { head * keyScaleBytes }
    func valueScales(_ head: Int) -> Int { valueScales + head * 2 * tokens }
    func keys(_ head: Int) -> Int { keys + head * count }
    func values(_ head: Int) -> Int { values + head * count }
  }
}
