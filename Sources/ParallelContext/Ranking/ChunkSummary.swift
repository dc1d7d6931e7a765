internal import CKernels
package import KVFormat
package import Memory
package import Transformer

/// A summary of a chunk's keys, by which chunks are ranked without reading keys.
///
/// For each layer and key and value head it holds the keys' mean; a sketch, their slow channels in four bits
/// each; their covariance (after arXiv 2502.09647); and for every page of 16 keys the range of each channel
/// (after Quest, arXiv 2406.10774). Keys are summarised as they are stored, rotated to the chunk's own
/// positions; the sink is not among them.
package struct ChunkSummary: Sendable {
  /// The sizes.
  package let shape: SummaryShape
  /// The memory that holds it.
  package let storage: AlignedBuffer
  /// The offset of its first byte in the memory.
  package let offset: Int

  /// Makes a summary in given memory, filled already or later.
  ///
  /// - Parameters:
  ///   - shape: The sizes.
  ///   - storage: Memory with at least `shape.byteCount` bytes behind `offset`.
  ///   - offset: The summary's first byte, a multiple of four.
  /// - Throws: ``ModelError`` when there are fewer bytes than the shape needs, for another offset, or for
  ///   heads of more than 512 values.
  package init(shape: SummaryShape, storage: AlignedBuffer, offset: Int = 0) throws(ModelError) {
    guard offset >= 0, offset % 4 == 0, shape.headDimension <= 512,
      storage.byteCount - offset >= shape.byteCount
    else {
      throw ModelError(
        .badInput,
        "the summary of \(shape.tokens) tokens has \(shape.byteCount) bytes, not those from \(offset) on of "
          + "\(storage.byteCount)"
      )
    }
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// Summarises the keys of a chunk.
  ///
  /// - Parameters:
  ///   - cache: The chunk's cache.
  ///   - pairing: The pairing of the channels that RoPE rotates together.
  ///   - content: The parts to make.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(
    of cache: KVCache,
    pairing: RotaryConfiguration.Pairing,
    content: SummaryContent
  ) throws(ModelError) {
    let shape = SummaryShape(cache.shape, pairing: pairing, content: content)
    try self.init(shape: shape, storage: .allocated(shape.byteCount))
    for layer in 0..<shape.layers { try fill(layer: layer, from: cache) }
  }

  /// Summarises one layer's keys.
  ///
  /// - Throws: ``ModelError`` for a cache of other sizes, or when memory cannot be allocated.
  package func fill(layer: Int, from cache: KVCache) throws(ModelError) {
    guard SummaryShape(cache.shape, pairing: shape.pairing, content: shape.content) == shape,
      0..<shape.layers ~= layer
    else {
      throw ModelError(
        .badInput,
        "a summary of \(shape.tokens) tokens is not one of \(cache.shape.tokens) tokens"
      )
    }
    guard shape.tokens > 0, shape.content != .none, shape.isSummarised(layer: layer) else { return }
    for head in 0..<shape.kvHeads {
      var call = sketch(layer: layer, head: head)
      call.keys = UnsafeRawPointer(cache.keys(layer: layer, head: head))
      call.is_f32 = cache.shape.type == .f32 ? 1 : 0
      braid_sketch_keys(&call)
    }
    if shape.content == .all { try fillMoments(layer: layer, from: cache) }
  }

  private func fillMoments(layer: Int, from cache: KVCache) throws(ModelError) {
    let d = shape.headDimension
    let scratch = try AlignedBuffer.allocated((d * d + 4 * d) * 4)
    for head in 0..<shape.kvHeads {
      var call = braid_key_summary(
        keys: UnsafeRawPointer(cache.keys(layer: layer, head: head)),
        is_f32: cache.shape.type == .f32 ? 1 : 0,
        count: Int32(shape.tokens),
        dim: Int32(d),
        page: Int32(SummaryShape.pageTokens),
        mean: mean(layer: layer, head: head),
        covariance: covariance(layer: layer, head: head),
        bounds: bounds(layer: layer, head: head),
        scratch: scratch.base.assumingMemoryBound(to: Float.self)
      )
      braid_summarise_keys(&call)
    }
  }

  private func start(_ layer: Int, _ head: Int) -> UnsafeMutableRawPointer {
    let place = shape.summarisedLayers(before: layer) * shape.kvHeads + head
    return storage.base + offset + place * shape.headByteCount
  }

  /// A head's sketch as an argument of the kernels, without keys.
  func sketch(layer: Int, head: Int) -> braid_key_sketch {
    let start = start(layer, head)
    let (first, second) = shape.sketchStarts
    return braid_key_sketch(
      keys: nil,
      is_f32: 0,
      count: Int32(shape.tokens),
      dim: Int32(shape.headDimension),
      first: (Int32(first), Int32(second)),
      run: Int32(shape.sketchRun),
      mean: start.assumingMemoryBound(to: Float.self),
      steps: (start + shape.stepsOffset).assumingMemoryBound(to: Float.self),
      codes: (start + shape.codesOffset).assumingMemoryBound(to: UInt8.self)
    )
  }

  /// The mean of the keys, `[headDimension]`.
  package func mean(layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
    start(layer, head).assumingMemoryBound(to: Float.self)
  }

  /// The size of a step of each channel in the sketch, `[2][sketchRun]`.
  package func steps(layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
    (start(layer, head) + shape.stepsOffset).assumingMemoryBound(to: Float.self)
  }

  /// The codes of the sketch, two channels a byte, `[tokens][sketchRun]`.
  package func codes(layer: Int, head: Int) -> UnsafeMutablePointer<UInt8> {
    (start(layer, head) + shape.codesOffset).assumingMemoryBound(to: UInt8.self)
  }

  /// The covariance of the keys about their mean, `[headDimension][headDimension]` in bf16; only with
  /// ``SummaryContent/all``.
  package func covariance(layer: Int, head: Int) -> UnsafeMutablePointer<UInt16> {
    (start(layer, head) + shape.covarianceOffset).assumingMemoryBound(to: UInt16.self)
  }

  /// For each page the largest value of every channel, then the smallest: `[pages][2 headDimension]` in bf16;
  /// only with ``SummaryContent/all``.
  package func bounds(layer: Int, head: Int) -> UnsafeMutablePointer<UInt16> {
    (start(layer, head) + shape.boundsOffset).assumingMemoryBound(to: UInt16.self)
  }
}
