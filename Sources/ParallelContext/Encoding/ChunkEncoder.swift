public import Transformer

/// Encodes sinks and chunks into KV caches. One encoder belongs to one lane.
public final class ChunkEncoder {
  private let model: Model
  private let kvType: KVType
  private let state: AttentionState
  private var pass: DecoderPass
  /// Where the time of encoding goes, when somebody wants to know.
  package var clock: StageClock? {
    didSet { pass.clock = clock }
  }
  private var table: (first: Int, count: Int, values: RotaryTable)

  /// Reserves an encoder's memory.
  ///
  /// - Parameters:
  ///   - model: The weights, shared by all encoders of the process.
  ///   - kvType: The type of stored keys and values.
  ///   - tokens: The most tokens of a run that need no further memory.
  /// - Throws: ``ModelError`` when memory cannot be had.
  public init(model: Model, kvType: KVType, tokens: Int) throws(ModelError) {
    self.model = model
    self.kvType = kvType
    state = try AttentionState(model.configuration, tokens: DecoderPass.blockRows)
    pass = try DecoderPass(model: model, capacity: tokens)
    table = (0, 0, RotaryTable(model.configuration.rope, first: 0, count: 0))
  }

  /// Encodes a sink at positions 0 and up; nil when it has no tokens.
  ///
  /// - Throws: ``ModelError`` for tokens that do not fit the model.
  public func encodeSink(_ tokens: [Int32]) throws(ModelError) -> KVCache? {
    guard !tokens.isEmpty else { return nil }
    let cache = try KVCache(shape: KVShape(model.configuration, tokens: tokens.count, type: kvType))
    try encode(tokens, behind: nil, into: cache)
    return cache
  }

  /// Encodes a run of tokens behind a prefix, at the positions that follow it.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, as many as `cache` has room for.
  ///   - prefix: The sink, attended by every token; nil for none.
  ///   - cache: Where keys and values go; layer after layer becomes final.
  ///   - afterLayer: Called when a layer is final; may throw to end the run.
  /// - Throws: ``ModelError`` for tokens or a cache that do not fit, or what `afterLayer` throws.
  public func encode(
    _ tokens: [Int32],
    behind prefix: KVCache?,
    into cache: KVCache,
    afterLayer: (Int) throws(ModelError) -> Void = { _ throws(ModelError) in }
  ) throws(ModelError) {
    let c = model.configuration
    let first = prefix?.shape.tokens ?? 0
    guard cache.shape == KVShape(c, tokens: tokens.count, type: kvType) else {
      throw ModelError(
        .badInput,
        "a KV cache of \(cache.shape.tokens) tokens does not suit a run of \(tokens.count)"
      )
    }
    guard first + tokens.count <= c.contextLength else {
      throw ModelError(
        .badInput,
        "\(first) and \(tokens.count) tokens do not fit the model's context of \(c.contextLength)"
      )
    }
    if pass.capacity < tokens.count {
      pass = try DecoderPass(model: model, capacity: tokens.count)
      pass.clock = clock
    }
    if table.first != first || table.count < tokens.count {
      table = (first, tokens.count, RotaryTable(c.rope, first: first, count: tokens.count))
    }
    let attention = CausalAttention(
      prefix: prefix,
      cache: cache,
      start: 0,
      table: table.values,
      state: state,
      model: model
    )
    try pass.run(tokens, attention: attention, encodeOnly: true, afterLayer: afterLayer)
  }
}
