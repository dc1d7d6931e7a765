package import KVFormat
internal import Memory
package import Transformer

/// Encodes sinks and chunks into KV caches. One encoder belongs to one lane.
package final class ChunkEncoder {
  private let model: Model
  private let kvType: KVType
  private let threads: Int
  private let state: AttentionState
  private var pass: DecoderPass
  /// Scratch memory for the keys and values of a lead and its run together; grows, and is kept from run to
  /// run.
  private var together: AlignedBuffer?
  /// A clock for the stages of encoding; nil to measure nothing.
  package var clock: StageClock? {
    didSet { pass.clock = clock }
  }
  private var tables: (span: Span, count: Int, values: RotaryTables)

  /// The positions that a table of rotations covers.
  private struct Span: Equatable {
    var first: Int
    var lead: Int
    var base: Int
  }

  /// Reserves an encoder's memory.
  ///
  /// - Parameters:
  ///   - model: The weights, shared by all encoders of the process.
  ///   - kvType: The type of stored keys and values.
  ///   - tokens: The longest run, lead included, that needs no further memory; a longer one allocates it.
  ///   - threads: The number of threads that share a matrix product.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(model: Model, kvType: KVType, tokens: Int, threads: Int = 1) throws(ModelError) {
    self.model = model
    self.kvType = kvType
    self.threads = threads
    state = try AttentionState(model.configuration, tokens: DecoderPass.blockRows)
    pass = try DecoderPass(model: model, capacity: tokens, threads: threads)
    tables = (Span(first: 0, lead: 0, base: 0), 0, RotaryTables(model.configuration, first: 0, count: 0))
  }

  /// Encodes a sink at positions 0 and up; nil when it has no tokens.
  ///
  /// - Throws: ``ModelError`` for tokens that do not fit the model.
  package func encodeSink(_ tokens: [Int32]) throws(ModelError) -> KVCache? {
    guard !tokens.isEmpty else { return nil }
    let cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: tokens.count, type: kvType))
    try encode(tokens, behind: nil, into: cache)
    return cache
  }

  /// Encodes a run of tokens behind a prefix.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, exactly as many as `cache` holds.
  ///   - lead: Tokens between prefix and run that are attended and not kept; they stand right behind the
  ///     prefix.
  ///   - base: The position of the first token; nil for the next one behind prefix and lead.
  ///   - prefix: The sink, attended by every token; nil for none.
  ///   - cache: Receives the keys and values that its shape keeps; layer after layer becomes final.
  ///   - afterLayer: Called when a layer is final; may throw to end the run.
  /// - Throws: ``ModelError`` for tokens or a cache that do not fit, or what `afterLayer` throws.
  package func encode(
    _ tokens: [Int32],
    lead: [Int32] = [],
    base: Int? = nil,
    behind prefix: KVCache?,
    into cache: KVCache,
    afterLayer: (Int) throws(ModelError) -> Void = { _ throws(ModelError) in }
  ) throws(ModelError) {
    let c = model.configuration
    let first = prefix?.shape.tokens ?? 0
    let count = lead.count + tokens.count
    let base = base ?? first + lead.count
    guard [KVShape(c), KVShape(chunksOf: c)].contains(cache.shape.model), cache.shape.tokens == tokens.count,
      cache.shape.type == kvType
    else {
      throw ModelError(
        .badInput,
        "a KV cache of \(cache.shape.tokens) tokens does not suit a run of \(tokens.count)"
      )
    }
    guard first + count <= c.contextLength, base >= first + lead.count else {
      throw ModelError(
        .badInput,
        "\(first) and \(count) tokens, the last \(tokens.count) from position \(base), do not fit the model's "
          + "context of \(c.contextLength)"
      )
    }
    if pass.capacity < count {
      pass = try DecoderPass(model: model, capacity: count, threads: threads)
      pass.clock = clock
    }
    let span = Span(first: first, lead: lead.count, base: base)
    if span != tables.span || tables.count < count {
      let positions = (0..<count).lazy.map { Double($0 < lead.count ? first + $0 : base + $0 - lead.count) }
      tables = (span, count, RotaryTables(c, positions: positions))
    }
    // Keys and values that are attended and not kept need room of their own.
    let isWhole = lead.isEmpty && cache.shape.model == KVShape(c)
    let whole = isWhole ? cache : try roomTogether(KVCacheShape(c, tokens: count, type: kvType))
    let attention = CausalAttention(
      prefix: prefix,
      cache: whole,
      start: 0,
      tables: tables.values,
      lead: lead.count,
      jump: base - first - lead.count,
      state: state,
      model: model
    )
    try pass.run(lead + tokens, attention: attention, encodeOnly: true) { layer throws(ModelError) in
      if !isWhole { cache.takeEnd(of: whole, layer: layer) }
      try afterLayer(layer)
    }
  }

  private func roomTogether(_ shape: KVCacheShape) throws(ModelError) -> KVCache {
    if let together, together.byteCount >= shape.byteCount {
      return try KVCache(shape: shape, storage: together)
    }
    together = nil
    let storage = try AlignedBuffer.allocated(shape.byteCount)
    together = storage
    return try KVCache(shape: shape, storage: storage)
  }
}

extension KVCache {
  /// Copies one layer's keys and values from the end of a longer cache.
  fileprivate func takeEnd(of longer: KVCache, layer: Int) {
    let bytes = shape.headByteCount(layer: layer)
    let skipped = longer.shape.headByteCount(layer: layer) - bytes
    for head in 0..<shape.kvHeads {
      keys(layer: layer, head: head)
        .copyMemory(from: longer.keys(layer: layer, head: head) + skipped, byteCount: bytes)
      values(layer: layer, head: head)
        .copyMemory(from: longer.values(layer: layer, head: head) + skipped, byteCount: bytes)
    }
  }
}
