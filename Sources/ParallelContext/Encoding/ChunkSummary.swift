internal import CKernels
public import Memory
internal import Synchronization
public import Transformer

/// The sizes of a chunk's summary: `[layer][kvHead]` of a mean, a covariance and bounds per page.
public struct SummaryShape: Sendable, Hashable {
  /// Keys of a page of bounds, as in Quest (arXiv 2406.10774).
  public static let pageTokens = 16

  /// Decoder blocks.
  public var layers: Int
  /// Key and value heads.
  public var kvHeads: Int
  /// Values per head.
  public var headDimension: Int
  /// Tokens of the chunk.
  public var tokens: Int

  /// The sizes for a chunk whose cache has the given ones.
  public init(_ cache: KVShape) {
    layers = cache.layers
    kvHeads = cache.kvHeads
    headDimension = cache.headDimension
    tokens = cache.tokens
  }

  /// Pages of a chunk.
  public var pages: Int { (tokens + Self.pageTokens - 1) / Self.pageTokens }
  /// Bytes of one head's summary: mean (f32), covariance (bf16), bounds (bf16).
  var headByteCount: Int { 4 * headDimension + 2 * headDimension * headDimension + boundsByteCount }
  /// Bytes of one head's bounds.
  private var boundsByteCount: Int { pages * 2 * headDimension * 2 }
  /// Bytes of the whole.
  public var byteCount: Int { layers * kvHeads * headByteCount }
}

/// What is known of a chunk's keys without them, per layer and key and value head: their number, mean and
/// covariance (after arXiv 2502.09647), and for every page of 16 keys the range of each channel (after Quest,
/// arXiv 2406.10774).
///
/// Keys are taken as they are stored, rotated to the chunk's own positions; the sink is not among them.
public struct ChunkSummary: Sendable {
  /// The sizes.
  public let shape: SummaryShape
  /// The bytes, at least `shape.byteCount` of them.
  public let storage: AlignedBuffer

  /// Takes filled bytes into use.
  ///
  /// - Throws: ``ModelError`` when there are fewer bytes than the shape says.
  public init(shape: SummaryShape, storage: AlignedBuffer) throws(ModelError) {
    guard storage.byteCount >= shape.byteCount else {
      throw ModelError(
        .badInput,
        "the summary of \(shape.tokens) tokens has \(shape.byteCount) bytes, not \(storage.byteCount)"
      )
    }
    self.shape = shape
    self.storage = storage
  }

  /// Summarises the keys of a chunk.
  ///
  /// - Throws: ``ModelError`` when memory cannot be had.
  public init(of cache: KVCache) throws(ModelError) {
    let shape = SummaryShape(cache.shape)
    try self.init(shape: shape, storage: .allocated(shape.byteCount))
    try fill(from: cache)
  }

  private func fill(from cache: KVCache) throws(ModelError) {
    guard shape.tokens > 0 else { return }
    let d = shape.headDimension
    let scratch = try AlignedBuffer.allocated((d * d + 4 * d) * 4)
    for layer in 0..<shape.layers {
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
  }

  private func start(_ layer: Int, _ head: Int) -> UnsafeMutableRawPointer {
    storage.base + (layer * shape.kvHeads + head) * shape.headByteCount
  }

  /// The mean of the keys, `[headDimension]`.
  package func mean(layer: Int, head: Int) -> UnsafeMutablePointer<Float> {
    start(layer, head).assumingMemoryBound(to: Float.self)
  }

  /// Their covariance about it, `[headDimension][headDimension]` in bf16.
  package func covariance(layer: Int, head: Int) -> UnsafeMutablePointer<UInt16> {
    (start(layer, head) + 4 * shape.headDimension).assumingMemoryBound(to: UInt16.self)
  }

  /// For each page the largest value of every channel, then the smallest: `[pages][2 headDimension]` in bf16.
  package func bounds(layer: Int, head: Int) -> UnsafeMutablePointer<UInt16> {
    let before = 4 * shape.headDimension + 2 * shape.headDimension * shape.headDimension
    return (start(layer, head) + before).assumingMemoryBound(to: UInt16.self)
  }
}

/// The summaries of a document's chunks, made when they are first asked for.
final class SummaryStore: Sendable {
  private let made = Mutex<[ChunkSummary]?>(nil)

  /// The summaries of some chunks: always the same chunks.
  ///
  /// - Throws: ``ModelError`` when memory cannot be had.
  func summaries(of chunks: [KVCache], threads: Int) throws(ModelError) -> [ChunkSummary] {
    if let known = made.withLock({ $0 }) { return known }
    let found = Mutex([Result<ChunkSummary, ModelError>?](repeating: nil, count: chunks.count))
    inParallel(threads: threads, count: chunks.count) { _, index in
      let result = Result { () throws(ModelError) in try ChunkSummary(of: chunks[index]) }
      found.withLock { $0[index] = result }
    }
    var summaries: [ChunkSummary] = []
    for case .some(let result) in found.withLock({ $0 }) { summaries.append(try result.get()) }
    made.withLock { $0 = summaries }
    return summaries
  }
}
