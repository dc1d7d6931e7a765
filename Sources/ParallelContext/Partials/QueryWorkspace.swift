internal import CKernels
internal import Memory
internal import Transformer

/// The scratch memory of one thread of a query: the kernels' own, a partial that is not yet in its slot, and
/// a row's masses.
final class QueryWorkspace {
  /// Rotated queries and the kernels' scratch.
  let attention: AttentionState
  /// A partial of rows that were picked out of a block.
  let partial: SoftmaxState
  /// Rotated queries in f32, `[rows][headDimension]`.
  let queries: UnsafeMutablePointer<Float>
  /// Queries of pages' bounds, `[rows][2 headDimension]` of either type.
  let boundQueries: UnsafeMutableRawPointer
  /// Queries of sketches.
  let sketchQueries: braid_sketch_query
  /// Scratch of the kernel that attends sketches.
  let sketchScratch: UnsafeMutableRawPointer
  /// Scratch of the attention kernels at twice the head's dimension.
  let boundScratch: UnsafeMutableRawPointer
  /// A covariance in f32.
  let covariance: UnsafeMutablePointer<Float>
  /// A mass per segment; twice as many fit.
  let masses: UnsafeMutablePointer<Float>
  /// A logit per token of a chunk.
  let logits: UnsafeMutablePointer<Float>
  /// The segments of a row.
  var parts: [MergePart] = []
  /// Rows that were picked out of a block.
  var rows: [Int32] = []
  private let storage: [AlignedBuffer]

  /// Reserves the memory.
  ///
  /// - Parameters:
  ///   - c: The model's configuration.
  ///   - tokens: The most tokens of a block.
  ///   - places: The number of places at which a chunk can be attended together.
  ///   - segments: The most segments of a row.
  ///   - chunkTokens: The most tokens of a chunk.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(
    _ c: ModelConfiguration,
    tokens: Int,
    places: Int,
    segments: Int,
    chunkTokens: Int
  ) throws(ModelError) {
    let (d, rows) = (c.headDimension, tokens * c.group * places)
    var buffers: [AlignedBuffer] = []
    func room(_ count: Int) throws(ModelError) -> UnsafeMutablePointer<Float> {
      let buffer = try AlignedBuffer.allocated(count * MemoryLayout<Float>.stride)
      buffers.append(buffer)
      return buffer.base.assumingMemoryBound(to: Float.self)
    }
    attention = try AttentionState(c, tokens: tokens * places)
    partial = SoftmaxState(
      maximum: try room(rows),
      sum: try room(rows),
      output: try room(rows * d),
      energy: try room(rows)
    )
    queries = try room(rows * d)
    boundQueries = UnsafeMutableRawPointer(try room(rows * 2 * d))
    let run = SummaryShape.sketchRun(headDimension: d)
    // A group is four bytes.
    let numbers = UnsafeMutableRawPointer(try room(rows * braid_sketch_groups(run)))
    sketchQueries = braid_sketch_query(
      numbers: numbers.assumingMemoryBound(to: Int8.self),
      scales: try room(rows),
      constants: try room(rows)
    )
    let sketched = try AlignedBuffer.allocated(braid_sketch_scratch(run, chunkTokens))
    sketchScratch = sketched.base
    let scratch = try AlignedBuffer.allocated(braid_attention_scratch(Int32(2 * d)))
    boundScratch = scratch.base
    covariance = try room(d * d)
    masses = try room(2 * segments)
    logits = try room(chunkTokens)
    storage = buffers + [sketched, scratch]
    parts.reserveCapacity(segments)
    self.rows.reserveCapacity(rows)
  }
}
