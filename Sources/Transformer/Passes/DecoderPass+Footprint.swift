package import KVFormat

extension DecoderPass {
  /// The bytes that a pass reserves.
  ///
  /// - Parameters:
  ///   - configuration: The model's sizes.
  ///   - compute: The precision of its products.
  ///   - capacity: The most rows of one run.
  ///   - blockRows: The most rows that go through a layer together.
  /// - Returns: The sum, without the products' own scratch memory.
  package static func byteCount(
    _ configuration: ModelConfiguration,
    compute: Precision,
    capacity: Int,
    blockRows: Int = DecoderPass.blockRows
  ) -> Int {
    let block = min(blockRows, max(1, capacity))
    return ClampedSize.sum(
      pieceByteCounts(configuration, compute: compute, capacity: max(1, capacity), block: block)
    )
  }

  /// The sizes in bytes of the pass's blocks of memory: the residual stream, queries with keys and values, attended
  /// values, gate and up, the input of a layer, integer sums, and what is added behind a norm.
  static func pieceByteCounts(
    _ c: ModelConfiguration,
    compute: Precision,
    capacity: Int,
    block: Int
  ) -> [Int] {
    let item = compute.activations.byteCount
    // Few rows may go through compact weights, in f32.
    let few = ClampedSize.product(min(block, CompactProducts.fewRows), 4)
    let rows = max(ClampedSize.product(block, item), few)
    let widest = max(c.embedding, c.queryWidth, c.feedForward)
    let sums =
      compute.weights == .int8 ? max(c.qkvWidth, ClampedSize.product(2, c.feedForward), c.embedding) : 0
    return [
      ClampedSize.product(capacity, c.embedding, 4), ClampedSize.product(block, c.qkvWidth, 4),
      ClampedSize.product(block, c.queryWidth, item), ClampedSize.product(rows, 2, c.feedForward),
      ClampedSize.product(rows, widest), ClampedSize.product(block, sums, 4),
      c.block.norms.isAfter ? ClampedSize.product(block, c.embedding, 4) : 0,
    ]
  }
}
