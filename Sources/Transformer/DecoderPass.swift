internal import CKernels
internal import Memory

/// A block of rows on its way through one layer's attention.
package struct AttentionBlock {
  /// The layer.
  package let layer: Int
  /// Where the block begins among the rows of this pass.
  package let firstRow: Int
  /// Rows in the block.
  package let rows: Int
  /// Queries, keys and values before rotation, `[rows][qkvWidth]`.
  package let qkv: UnsafePointer<Float>
  /// Where the attended values go, `[rows][queryWidth]` in the compute type; nil when only keys and values
  /// are wanted.
  package let out: UnsafeMutableRawPointer?
}

/// What a decoder pass asks of attention: store the block's keys and values, attend its queries.
package protocol AttentionOperator {
  /// Handles one block. Blocks of a layer come in order of rows, layers in order.
  func attend(_ block: AttentionBlock) throws(ModelError)
}

/// A forward pass over rows of tokens through all decoder blocks, attention handed in.
///
/// One pass belongs to one lane. All its memory is reserved up front; a run allocates nothing. The rows of a
/// layer go through in blocks small enough that a block's activations stay in the second-level cache.
package final class DecoderPass {
  /// The usual number of rows that go through a layer together.
  package static let blockRows = 128

  package let model: Model
  /// The most rows that go through a layer together.
  package let blockRows: Int
  /// Whether a last block keeps its odd number of rows, instead of being split into powers of two.
  private let oddBlocks: Bool
  /// The most rows of one run.
  package let capacity: Int
  private let products: ProductCache
  private let residual: UnsafeMutablePointer<Float>
  private let normed: UnsafeMutableRawPointer
  private let qkv: UnsafeMutablePointer<Float>
  private let attended: UnsafeMutableRawPointer
  private let gateUp: UnsafeMutableRawPointer
  private let activated: UnsafeMutableRawPointer
  private let storage: [AlignedBuffer]

  /// Reserves the memory of a pass.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - capacity: The most rows of one run.
  ///   - blockRows: The most rows that go through a layer together.
  ///   - oddBlocks: Whether a last block stays whole whatever its size. An encoder meets many sizes and
  ///     splits them, so that few products are prepared; a query keeps its rows together, since selection may
  ///     be one choice for all of them.
  /// - Throws: ``ModelError`` when memory cannot be had.
  package init(
    model: Model,
    capacity: Int,
    blockRows: Int = DecoderPass.blockRows,
    oddBlocks: Bool = false
  ) throws(ModelError) {
    let c = model.configuration
    let block = min(blockRows, max(1, capacity))
    self.blockRows = block
    self.oddBlocks = oddBlocks
    let item = model.compute.activationBytes
    var buffers: [AlignedBuffer] = []
    func room(_ bytes: Int) throws(ModelError) -> UnsafeMutableRawPointer {
      let buffer = try AlignedBuffer.allocated(bytes)
      buffers.append(buffer)
      return buffer.base
    }
    self.model = model
    self.capacity = max(1, capacity)
    products = try ProductCache()
    residual = try room(self.capacity * c.embedding * 4).assumingMemoryBound(to: Float.self)
    normed = try room(block * c.embedding * item)
    qkv = try room(block * c.qkvWidth * 4).assumingMemoryBound(to: Float.self)
    attended = try room(block * c.queryWidth * item)
    gateUp = try room(block * 2 * c.feedForward * item)
    activated = try room(block * c.feedForward * item)
    storage = buffers
  }

  /// Runs tokens through the model.
  ///
  /// - Parameters:
  ///   - tokens: At most `capacity` of them.
  ///   - attention: Stores keys and values and attends.
  ///   - encodeOnly: Whether to stop after the last layer's keys and values, when no hidden state is wanted.
  ///   - afterLayer: Called when a layer is done; may throw to end the run.
  /// - Throws: ``ModelError`` for tokens that do not fit, or what `afterLayer` throws.
  package func run(
    _ tokens: some Collection<Int32>,
    attention: some AttentionOperator,
    encodeOnly: Bool,
    afterLayer: (Int) throws(ModelError) -> Void = { _ throws(ModelError) in }
  ) throws(ModelError) {
    let rows = tokens.count
    guard rows <= capacity else {
      throw ModelError(.badInput, "\(rows) tokens do not fit a pass of \(capacity)")
    }
    try model.embed(tokens, into: residual)
    for layer in 0..<model.blocks.count {
      let keysOnly = encodeOnly && layer == model.blocks.count - 1
      var first = 0
      while first < rows {
        let count = blockSize(rows - first)
        try runBlock(layer, first: first, rows: count, attention: attention, keysOnly: keysOnly)
        first += count
      }
      try afterLayer(layer)
    }
  }

  /// The next block: a full one, or the largest power of two that remains, so that few sizes of product
  /// exist.
  private func blockSize(_ remaining: Int) -> Int {
    if remaining >= blockRows { return blockRows }
    if oddBlocks { return remaining }
    return 1 << (Int.bitWidth - 1 - remaining.leadingZeroBitCount)
  }

  private func runBlock(
    _ layer: Int,
    first: Int,
    rows: Int,
    attention: some AttentionOperator,
    keysOnly: Bool
  ) throws(ModelError) {
    let c = model.configuration
    let block = model.blocks[layer]
    let compute = model.compute
    let x = residual + first * c.embedding
    norm(x, block.attentionNorm, rows: rows)
    try products.run(block.qkv, compute: compute, rows: rows, src: normed, dst: qkv)
    if !block.qkvBias.isEmpty { braid_add_bias_f32(qkv, block.qkvBias, rows, c.qkvWidth) }
    try attention.attend(
      AttentionBlock(layer: layer, firstRow: first, rows: rows, qkv: qkv, out: keysOnly ? nil : attended)
    )
    if keysOnly { return }
    try products.run(block.output, compute: compute, rows: rows, src: attended, dst: x, accumulate: true)
    norm(x, block.feedForwardNorm, rows: rows)
    let bf16 = compute == .bf16
    try products.run(block.gateUp, compute: compute, rows: rows, src: normed, dst: gateUp, bf16Out: bf16)
    if bf16 {
      braid_silu_mul_bf16(
        gateUp.assumingMemoryBound(to: UInt16.self),
        activated.assumingMemoryBound(to: UInt16.self),
        rows,
        c.feedForward
      )
    } else {
      braid_silu_mul_f32(
        gateUp.assumingMemoryBound(to: Float.self),
        activated.assumingMemoryBound(to: Float.self),
        rows,
        c.feedForward
      )
    }
    try products.run(block.down, compute: compute, rows: rows, src: activated, dst: x, accumulate: true)
  }

  private func norm(_ x: UnsafePointer<Float>, _ weight: [Float], rows: Int) {
    let c = model.configuration
    if model.compute == .bf16 {
      braid_rmsnorm_bf16(
        x,
        weight,
        normed.assumingMemoryBound(to: UInt16.self),
        rows,
        c.embedding,
        c.normEpsilon
      )
    } else {
      braid_rmsnorm_f32(
        x,
        weight,
        normed.assumingMemoryBound(to: Float.self),
        rows,
        c.embedding,
        c.normEpsilon
      )
    }
  }

  /// The logits after one row of the last run.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - out: `vocabulary` values.
  /// - Throws: ``ModelError`` when the model has no head or the row is not there.
  package func logits(row: Int, into out: UnsafeMutableBufferPointer<Float>) throws(ModelError) {
    let c = model.configuration
    guard let head = model.head else {
      throw ModelError(.badInput, "this model was loaded for encoding, without its head")
    }
    guard row >= 0, row < capacity, out.count >= c.vocabulary, let start = out.baseAddress else {
      throw ModelError(.badInput, "row \(row) of \(capacity) has no logits")
    }
    norm(residual + row * c.embedding, model.outputNorm, rows: 1)
    try products.run(head, compute: model.compute, rows: 1, src: normed, dst: start)
  }
}
