internal import Memory
internal import Transformer

/// The queries of a block of tokens in one layer, in memory of their own, for chunks to be scanned after the pass.
struct KeptQueries {
  /// The block.
  let block: QueryBlock
  /// `[kvHead][row]`.
  private let local: [Float]
  private let storage: AlignedBuffer

  /// Copies a block.
  ///
  /// - Parameters:
  ///   - query: The block.
  ///   - local: The log-mass of sink and tail for a row of a key and value head.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(_ query: QueryBlock, local: (_ head: Int, _ row: Int) -> Float) throws(ModelError) {
    let (block, c) = (query.block, query.configuration)
    let byteCount = block.rows * c.qkvWidth * MemoryLayout<Float>.stride
    storage = try .allocated(byteCount)
    storage.base.copyMemory(from: block.qkv, byteCount: byteCount)
    self.block = QueryBlock(
      block: AttentionBlock(
        layer: block.layer,
        firstRow: block.firstRow,
        rows: block.rows,
        qkv: UnsafePointer(storage.base.assumingMemoryBound(to: Float.self)),
        out: nil
      ),
      first: query.first,
      configuration: c,
      rotations: query.rotations,
      kernel: query.kernel
    )
    self.local = (0..<c.kvHeads).flatMap { head in (0..<query.rows).map { local(head, $0) } }
  }

  /// The log-mass of sink and tail for a row.
  func local(head: Int, row: Int) -> Float { local[head * block.rows + row] }
}
