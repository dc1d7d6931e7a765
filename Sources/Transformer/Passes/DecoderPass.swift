internal import CKernels
internal import Memory

/// A block of rows on its way through one layer's attention.
package struct AttentionBlock {
  /// The layer.
  package let layer: Int
  /// The block's first row among the rows of this pass.
  package let firstRow: Int
  /// Rows in the block.
  package let rows: Int
  /// Queries, keys and values before rotation, `[rows][qkvWidth]`.
  package let qkv: UnsafePointer<Float>
  /// Receives the attended values, `[rows][queryWidth]` in the type of activations; nil when only keys and
  /// values are needed.
  package let out: UnsafeMutableRawPointer?
  /// The clock of the pass's stages; nil to measure nothing.
  let clock: StageClock?

  package init(
    layer: Int,
    firstRow: Int,
    rows: Int,
    qkv: UnsafePointer<Float>,
    out: UnsafeMutableRawPointer?,
    clock: StageClock? = nil
  ) {
    self.layer = layer
    self.firstRow = firstRow
    self.rows = rows
    self.qkv = qkv
    self.out = out
    self.clock = clock
  }
}

/// The attention of a decoder pass: it stores a block's keys and values and attends its queries.
package protocol AttentionOperator {
  /// Handles one block. Blocks of a layer come in order of rows, layers in order.
  func attend(_ block: AttentionBlock) throws(ModelError)
}

/// A forward pass over rows of tokens through all decoder blocks, with an attention of the caller's choice.
///
/// One pass belongs to one lane. All its memory is reserved up front; a run allocates nothing but products,
/// on their first use. The rows of a layer go through in blocks small enough for a block's activations to
/// stay in the second-level cache.
package final class DecoderPass {
  /// What a pass is run for.
  package enum Purpose: Sendable, Hashable {
    /// Encoding, which meets many numbers of rows: a last block is split into powers of two, so that few products are
    /// prepared.
    case encoding
    /// Answering, where a last block keeps its number of rows, since selection may be one choice for all of them.
    case answering
  }

  /// The usual number of rows that go through a layer together.
  package static let blockRows = 128

  /// The weights.
  package let model: Model
  /// The most rows that go through a layer together.
  package let blockRows: Int
  /// The rows of a full block. They do not depend on ``capacity``, so that the same run is cut alike in every
  /// pass: products of other numbers of rows may differ in their last bits.
  private let fullRows: Int
  private let purpose: Purpose
  /// The most rows of one run.
  package let capacity: Int
  /// The clock of the stages; nil to measure nothing. It costs a few reads of a counter per block.
  package var clock: StageClock?
  private let products: ProductCache
  private let residual: UnsafeMutablePointer<Float>
  private let qkv: UnsafeMutablePointer<Float>
  private let attended: UnsafeMutableRawPointer
  private let gateUp: UnsafeMutableRawPointer
  /// What attention or the feed-forward network add to the residual stream, before a norm behind them.
  private let branch: UnsafeMutablePointer<Float>
  private let input: LayerInput
  private let sums: UnsafeMutablePointer<Int32>
  private let storage: AlignedBuffer

  /// Reserves the memory of a pass.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - capacity: The most rows of one run.
  ///   - threads: The number of threads that share a matrix product.
  ///   - blockRows: The most rows that go through a layer together.
  ///   - purpose: What the pass is run for.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(
    model: Model,
    capacity: Int,
    threads: Int,
    blockRows: Int = DecoderPass.blockRows,
    purpose: Purpose = .encoding
  ) throws(ModelError) {
    let c = model.configuration
    let block = min(blockRows, max(1, capacity))
    self.blockRows = block
    fullRows = max(1, blockRows)
    self.purpose = purpose
    let widest = max(c.embedding, c.queryWidth, c.feedForward)
    self.model = model
    self.capacity = max(1, capacity)
    products = try ProductCache(threads: threads)
    let pieces = try AlignedBuffer.pieces(
      Self.pieceByteCounts(c, compute: model.compute, capacity: self.capacity, block: block)
    )
    storage = pieces.storage
    residual = pieces.starts[0].assumingMemoryBound(to: Float.self)
    qkv = pieces.starts[1].assumingMemoryBound(to: Float.self)
    attended = pieces.starts[2]
    gateUp = pieces.starts[3]
    input = try LayerInput(
      pieces.starts[4],
      rows: block,
      width: widest,
      activations: model.compute.activations
    )
    sums = pieces.starts[5].assumingMemoryBound(to: Int32.self)
    branch = pieces.starts[6].assumingMemoryBound(to: Float.self)
  }

  /// Runs tokens through the model.
  ///
  /// - Parameters:
  ///   - tokens: At most `capacity` of them.
  ///   - blocks: The rows that go through a layer together, block by block, each at most ``blockRows``; what is left
  ///     behind the last of them is cut as usual.
  ///   - attention: Stores keys and values and attends.
  ///   - encodeOnly: True to stop after the last layer's keys and values, when no hidden state is needed.
  ///   - afterLayer: Called when a layer is done; may throw to end the run.
  /// - Throws: ``ModelError`` for tokens that do not fit, or what `afterLayer` throws.
  package func run(
    _ tokens: some Collection<Int32>,
    blocks: [Int] = [],
    attention: some AttentionOperator,
    encodeOnly: Bool,
    afterLayer: (Int) throws(ModelError) -> Void = { _ throws(ModelError) in }
  ) throws(ModelError) {
    let rows = tokens.count
    guard rows <= capacity else {
      throw ModelError(.badInput, "\(rows) tokens do not fit a pass of \(capacity)")
    }
    guard blocks.allSatisfy({ (1...blockRows).contains($0) }), blocks.reduce(0, +) <= rows else {
      throw ModelError(
        .badInput,
        "blocks of \(blocks) rows do not fit \(rows) tokens in blocks of \(blockRows)"
      )
    }
    clock?.begin()
    try model.embed(tokens, into: residual)
    clock?.lap(.memory)
    for layer in 0..<model.blocks.count {
      let keysOnly = encodeOnly && layer == model.blocks.count - 1
      var first = 0
      for count in blocks {
        try runBlock(layer, first: first, rows: count, attention: attention, keysOnly: keysOnly)
        first += count
      }
      while first < rows {
        let count = blockSize(rows - first)
        try runBlock(layer, first: first, rows: count, attention: attention, keysOnly: keysOnly)
        first += count
      }
      try afterLayer(layer)
    }
  }

  /// The number of rows of the next block: a full one, or the largest power of two that remains, so that few
  /// sizes of product exist.
  private func blockSize(_ remaining: Int) -> Int {
    if remaining >= fullRows { return fullRows }
    if purpose == .answering { return remaining }
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
    let x = residual + first * c.embedding
    let weights = block.qkv.chosen(rows: rows, for: purpose)
    read(x, block.attentionNorm, rows: rows, for: weights)
    try apply(weights, to: input.base, rows: rows, out: qkv, accumulate: false)
    if !block.qkvBias.isEmpty { braid_add_bias_f32(qkv, block.qkvBias, rows, c.qkvWidth) }
    clock?.lap(.memory)
    normQueriesAndKeys(block, rows: rows)
    try attention.attend(
      AttentionBlock(
        layer: layer,
        firstRow: first,
        rows: rows,
        qkv: qkv,
        out: keysOnly ? nil : attended,
        clock: clock
      )
    )
    clock?.lap(.memory)
    if keysOnly { return }
    let output = block.output.chosen(rows: rows, for: purpose)
    if output.element == model.compute.activations {
      try add(output, of: attended, rows: rows, norm: block.afterAttentionNorm, to: x)
    } else {
      input.convert(attended, rows: rows, width: c.queryWidth, element: output.element)
      clock?.lap(.quantisation)
      try add(output, of: input.base, rows: rows, norm: block.afterAttentionNorm, to: x)
    }
    if !block.outputBias.isEmpty { braid_add_bias_f32(x, block.outputBias, rows, c.embedding) }
    let gateUp = block.gateUp.chosen(rows: rows, for: purpose)
    read(x, block.feedForwardNorm, rows: rows, for: gateUp)
    try activate(gateUp, rows: rows)
    try add(
      block.down.chosen(rows: rows, for: purpose),
      of: input.base,
      rows: rows,
      norm: block.afterFeedForwardNorm,
      to: x
    )
  }

  /// Norms queries and keys where the architecture does.
  private func normQueriesAndKeys(_ block: DecoderBlock, rows: Int) {
    let c = model.configuration
    let (epsilon, keys) = (c.normEpsilon, qkv + c.queryWidth)
    switch c.block.queryKeyNorm {
    case .none: return
    case .heads:
      let d = c.headDimension
      braid_rmsnorm_heads_f32(qkv, c.qkvWidth, block.queryNorm, rows, c.heads, d, epsilon)
      braid_rmsnorm_heads_f32(keys, c.qkvWidth, block.keyNorm, rows, c.kvHeads, d, epsilon)
    case .rows:
      braid_rmsnorm_heads_f32(qkv, c.qkvWidth, block.queryNorm, rows, 1, c.queryWidth, epsilon)
      braid_rmsnorm_heads_f32(keys, c.qkvWidth, block.keyNorm, rows, 1, c.kvWidth, epsilon)
    }
    clock?.lap(.norms)
  }

  /// Adds a layer's product, or its norm, to rows of the residual stream.
  private func add(
    _ layer: ChosenWeights,
    of rows: UnsafeRawPointer,
    rows count: Int,
    norm: [Float],
    to x: UnsafeMutablePointer<Float>
  ) throws(ModelError) {
    guard !norm.isEmpty else {
      try apply(layer, to: rows, rows: count, out: x, accumulate: true)
      return
    }
    let c = model.configuration
    try apply(layer, to: rows, rows: count, out: branch, accumulate: false)
    braid_rmsnorm_add_f32(branch, norm, x, count, c.embedding, c.normEpsilon)
    clock?.lap(.norms)
  }

  /// Computes out = rows x weights, or adds it to `out`.
  ///
  /// - Parameters:
  ///   - weights: The layer's weights.
  ///   - rows: `[count][inputs]` in the layer's type.
  ///   - count: The number of rows.
  ///   - out: `[count][outputs]`.
  ///   - accumulate: True to add the product to `out`.
  /// - Throws: ``ModelError`` when the matrix library fails.
  private func apply(
    _ weights: ChosenWeights,
    to rows: UnsafeRawPointer,
    rows count: Int,
    out: UnsafeMutablePointer<Float>,
    accumulate: Bool
  ) throws(ModelError) {
    guard case .packed(let layer) = weights, layer.element == .int8 else {
      try products.run(weights, rows: count, src: rows, dst: out, accumulate: accumulate)
      clock?.lap(.linear)
      return
    }
    try products.run(layer, rows: count, src: rows, dst: sums)
    clock?.lap(.linear)
    let flag: Int32 = accumulate ? 1 : 0
    layer.withOffsets { offsets in
      let (rows, columns) = (input.scales, layer.columnScales)
      braid_dequantise_sums(sums, rows, columns, offsets, out, count, layer.outputs, flag)
    }
    clock?.lap(.quantisation)
  }

  /// Runs gate, up and activation: from the normed rows in ``input`` to the input of `down`, in ``input``
  /// too.
  private func activate(_ weights: ChosenWeights, rows: Int) throws(ModelError) {
    let width = model.configuration.feedForward
    let function = model.configuration.block.activation
    if case .packed(let layer) = weights, layer.element == .int8 {
      try products.run(layer, rows: rows, src: input.base, dst: sums)
      clock?.lap(.linear)
      input.activate(sums, of: layer, rows: rows, width: width, by: function)
      clock?.lap(.activation)
      return
    }
    // What multiplies rows in f32 also gives f32.
    let element = weights.element
    try products.run(weights, rows: rows, src: input.base, dst: gateUp, bf16Out: element == .bf16)
    clock?.lap(.linear)
    input.activate(gateUp, rows: rows, width: width, element: element, by: function)
    clock?.lap(.activation)
  }

  /// Writes rows of the residual stream, or their norm, as the input of a layer.
  private func read(_ x: UnsafePointer<Float>, _ weight: [Float], rows: Int, for layer: ChosenWeights) {
    let c = model.configuration
    if weight.isEmpty {
      input.take(x, rows: rows, width: c.embedding, element: layer.element)
    } else {
      input.norm(x, weight, rows: rows, width: c.embedding, epsilon: c.normEpsilon, element: layer.element)
    }
    clock?.lap(.norms)
  }

  /// Computes the logits after some rows of the last run.
  ///
  /// - Parameters:
  ///   - range: The rows, at most ``blockRows`` of them.
  ///   - out: `[rows][vocabulary]` values.
  /// - Throws: ``ModelError`` when the model has no head or the rows are not there.
  package func logits(rows range: Range<Int>, into out: UnsafeMutableBufferPointer<Float>) throws(ModelError)
  {
    let c = model.configuration
    guard let head = model.head else {
      throw ModelError(.badInput, "this model was loaded for encoding, without its head")
    }
    let count = range.count
    guard range.lowerBound >= 0, range.upperBound <= capacity, (1...blockRows).contains(count),
      out.count / c.vocabulary >= count, let start = out.baseAddress
    else {
      throw ModelError(.badInput, "rows \(range) of \(capacity) have no logits")
    }
    let weights = head.chosen(rows: count, for: purpose)
    read(residual + range.lowerBound * c.embedding, model.outputNorm, rows: count, for: weights)
    try products.run(weights, rows: count, src: input.base, dst: start)
    if let cap = c.block.logitCap { braid_cap_f32(start, count * c.vocabulary, cap) }
  }
}
