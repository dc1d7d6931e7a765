internal import KVFormat
internal import ParallelContext
internal import Transformer

/// Tokens that stand for text: the same for every run.
func anyTokens(_ count: Int, seed: UInt64) -> [Int32] {
  var generator = SegmentFixture.Generator(state: seed)
  return (0..<count).map { _ in Int32.random(in: 200..<20000, using: &generator) }
}

extension MergedContext {
  /// Encodes chunks of at most 128 tokens behind a sink.
  static func encoded(
    _ chunks: [[Int32]],
    sink: [Int32] = anyTokens(9, seed: 1),
    by model: Model,
    kvType: KVType
  ) throws -> MergedContext {
    let encoder = try ChunkEncoder(model: model, kvType: kvType, tokens: 128)
    let sinkCache = try encoder.encodeSink(sink)
    let caches = try chunks.map { chunk in
      let cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: chunk.count, type: kvType))
      try encoder.encode(chunk, behind: sinkCache, into: cache)
      return cache
    }
    let plan = try ContextPlan(
      boundaries: chunks.flatMap { [UInt8](repeating: 0, count: $0.count - 1) + [2] },
      cutting: .size(chunks[0].count),
      sinkTokens: sink,
      contextLength: model.configuration.contextLength
    )
    return try MergedContext(plan: plan, sink: sinkCache, chunks: caches)
  }
}
