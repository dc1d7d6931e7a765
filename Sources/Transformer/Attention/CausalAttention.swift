internal import CKernels
internal import KVFormat

/// Causal attention of a run of tokens over a prefix and over itself, as encoding needs it.
///
/// In a layer with a window of W tokens, a token at position p sees positions p - W + 1 to p. The run's first
/// tokens, its lead, stand right behind the prefix, and the others a jump farther, so that for every token the
/// visible keys are the last ones of the prefix, and the last ones of the run up to itself.
package struct CausalAttention: AttentionOperator {
  /// The tokens before, attended in full.
  package let prefix: KVCache?
  /// The cache that the run's keys and values go to.
  package let cache: KVCache
  /// The number of the cache's tokens before this run.
  package let start: Int
  /// Rotations; row 0 is the position of the cache's first token.
  package let tables: RotaryTables
  /// The number of the run's first tokens that stand right behind the prefix, before the jump.
  package let lead: Int
  /// The number of positions between the lead and the tokens behind it.
  package let jump: Int
  /// The scratch memory.
  package let state: AttentionState
  /// The model's shape.
  package let configuration: ModelConfiguration
  /// The type of the attended values.
  package let activations: ElementType

  /// Makes an operator for one run of a model, whose shape and type of activations it takes.
  package init(
    prefix: KVCache?,
    cache: KVCache,
    start: Int,
    tables: RotaryTables,
    lead: Int = 0,
    jump: Int = 0,
    state: AttentionState,
    model: Model
  ) {
    self.prefix = prefix
    self.cache = cache
    self.start = start
    self.tables = tables
    self.lead = lead
    self.jump = jump
    self.state = state
    configuration = model.configuration
    activations = model.compute.activations
  }

  /// Stores the block's keys and values, and attends to the prefix and to the run up to each row.
  package func attend(_ block: AttentionBlock) throws(ModelError) {
    let c = configuration
    let first = start + block.firstRow
    guard first + block.rows <= cache.shape.tokens, block.rows * c.group <= state.capacity else {
      throw ModelError(.badInput, "a cache of \(cache.shape.tokens) tokens is full")
    }
    let table = tables[layer: block.layer]
    cache.store(block, at: first, table: table, tableRow: first, configuration: c)
    guard let out = block.out else {
      block.clock?.lap(.rope)
      return
    }
    let kernel = AttentionKernel(activations: activations, cache: cache.shape.type)
    let rows = block.rows * c.group
    let softmax = state.softmax
    let isWindowed = hide(block, first: first)
    for head in 0..<c.kvHeads {
      kernel.rotateQueries(
        block.qkv,
        head: head,
        tokens: block.rows,
        table: table,
        tableRow: first,
        configuration: c,
        out: state.queries
      )
      block.clock?.lap(.rope)
      softmax.reset(rows: rows, headDimension: c.headDimension)
      if let prefix {
        state.attend(
          prefix,
          layer: block.layer,
          head: head,
          rows: rows,
          keys: prefix.shape.tokens,
          visible: nil,
          hidden: isWindowed ? state.hidden.0 : nil,
          kernel: kernel,
          into: softmax,
          clock: block.clock
        )
      }
      state.attend(
        cache,
        layer: block.layer,
        head: head,
        rows: rows,
        keys: first + block.rows,
        visible: first + 1,
        hidden: isWindowed ? state.hidden.1 : nil,
        kernel: kernel,
        into: softmax,
        clock: block.clock
      )
      block.clock?.lap(.memory)
      state.finish(rows: rows, head: head, into: out, activations: activations, configuration: c)
      block.clock?.lap(.memory)
    }
  }

  /// Writes the number of keys of prefix and run that each token of a block does not see.
  ///
  /// - Returns: True if the layer has a window.
  private func hide(_ block: AttentionBlock, first: Int) -> Bool {
    guard let window = configuration.window(layer: block.layer) else { return false }
    let before = prefix?.shape.tokens ?? 0
    for index in 0..<block.rows {
      let token = first + index
      let jumped = token < lead ? 0 : jump
      // The first keys that are near enough if there were no jump between them and the token, and if there were.
      let near = token + 1 - window
      let far = near + jumped
      state.hidden.0[index] = Int32(clamping: max(0, before + far))
      state.hidden.1[index] = Int32(clamping: max(0, near > lead ? near : min(lead, far)))
    }
    return true
  }
}

extension KVCache {
  /// Stores a block's keys, rotated to the positions of a table, and its values.
  ///
  /// - Parameters:
  ///   - block: The block.
  ///   - token: The cache's token at which the block begins.
  ///   - table: The rotations.
  ///   - tableRow: The table's row for the block's first token.
  ///   - c: The model's configuration.
  package func store(
    _ block: AttentionBlock,
    at token: Int,
    table: RotaryTable,
    tableRow: Int,
    configuration c: ModelConfiguration
  ) {
    let d = c.headDimension
    let offset = tableRow * d
    let keys = keys(layer: block.layer, head: 0) + token * d * shape.type.byteCount
    let values = values(layer: block.layer, head: 0) + token * d * shape.type.byteCount
    let k = block.qkv + c.queryWidth
    let v = k + c.kvWidth
    let headStride = shape.tokens * d
    table.cosine.withUnsafeBufferPointer { cosine in
      table.sine.withUnsafeBufferPointer { sine in
        guard let cosine = cosine.baseAddress, let sine = sine.baseAddress else { return }
        switch shape.type {
        case .bf16:
          braid_rope_bf16(
            k,
            c.qkvWidth,
            keys.assumingMemoryBound(to: UInt16.self),
            d,
            headStride,
            cosine + offset,
            sine + offset,
            d,
            block.rows,
            c.kvHeads,
            d,
            c.rope.isInterleaved,
            1
          )
          braid_scatter_bf16(
            v,
            c.qkvWidth,
            values.assumingMemoryBound(to: UInt16.self),
            d,
            headStride,
            block.rows,
            c.kvHeads,
            d
          )
        case .f32:
          braid_rope_f32(
            k,
            c.qkvWidth,
            keys.assumingMemoryBound(to: Float.self),
            d,
            headStride,
            cosine + offset,
            sine + offset,
            d,
            block.rows,
            c.kvHeads,
            d,
            c.rope.isInterleaved,
            1
          )
          braid_scatter_f32(
            v,
            c.qkvWidth,
            values.assumingMemoryBound(to: Float.self),
            d,
            headStride,
            block.rows,
            c.kvHeads,
            d
          )
        }
      }
    }
  }
}
