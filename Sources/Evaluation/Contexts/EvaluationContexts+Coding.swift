internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Transformer
internal import Wire

extension EvaluationContexts {
  /// Codes keys and values and decodes them again, as happens between worker and coordinator.
  ///
  /// - Parameters:
  ///   - cache: The keys and values, which are changed in place.
  ///   - codec: The codec.
  /// - Throws: `ContextError` when the codec does not suit them, `ModelError` when memory cannot be
  ///   allocated.
  static func send(_ cache: KVCache, by codec: KVCodec) throws {
    guard codec != .bf16 else { return }
    let shape = cache.shape
    guard shape.type == .bf16 else {
      throw ContextError(
        .mismatch,
        "keys and values in \(shape.type.rawValue) cannot be coded as \(codec.rawValue): leave out --compute f32"
      )
    }
    // Keys and values that the codec would not make smaller are sent as they are.
    guard let coding = KVCoding(codec, shape: shape.model, tokens: shape.tokens, type: shape.type) else {
      return
    }
    let room = try AlignedBuffer.allocated(coding.roomByteCount)
    for layer in 0..<coding.layers {
      let plain = UnsafeMutableRawBufferPointer(
        rebasing: cache.storage.mutableBytes[coding.plainRange(layer)]
      )
      let coded = UnsafeMutableRawBufferPointer(
        rebasing: room.mutableBytes[..<coding.codedLayerByteCount(layer)]
      )
      _ = coding.encode(layer, UnsafeRawBufferPointer(plain), into: coded)
      _ = coding.decode(layer, UnsafeRawBufferPointer(coded), into: plain)
    }
  }
}
