internal import Memory
internal import ParallelContext
internal import Transformer

extension EvaluationContexts {
  /// Computes the first tokens of every chunk but the first once more, against everything before them
  /// (LegoLink, arXiv 2410.15332).
  ///
  /// Chunk after chunk, so that each sees those before it as they have become.
  ///
  /// - Parameters:
  ///   - context: Chunks encoded at their places in the document: a plan whose lead is an anchor.
  ///   - tokens: The text.
  ///   - count: How many tokens of a chunk; 0 for none.
  /// - Returns: The context with those tokens' keys and values replaced.
  /// - Throws: `ContextError` when the document does not fit the model, `ModelError` when computing fails.
  func linked(_ context: MergedContext, tokens: [Int32], count: Int) throws -> MergedContext {
    guard count > 0 else { return context }
    var chunks = context.chunks
    for index in chunks.indices.dropFirst() {
      let before = try MergedContext(
        plan: context.plan.prefix(index),
        sink: context.sink,
        chunks: Array(chunks.prefix(index))
      )
      let first = Array(tokens[context.plan.chunks[index]].prefix(count))
      let session = try QueryEngine(model: model, threads: threads)
        .session(first, policy: .star, extra: 0, over: before)
      try session.append(first)
      chunks[index] = try chunks[index].replacingStart(by: session.tail)
    }
    return try MergedContext(plan: context.plan, sink: context.sink, chunks: chunks)
  }
}

extension KVCache {
  /// A copy whose first tokens are those of another cache.
  fileprivate func replacingStart(by other: KVCache) throws(ModelError) -> KVCache {
    let copy = try KVCache(shape: shape)
    copy.storage.base.copyMemory(from: storage.base, byteCount: shape.byteCount)
    let bytes = min(other.shape.headByteCount, shape.headByteCount)
    for layer in 0..<shape.layers {
      for head in 0..<shape.kvHeads {
        copy.keys(layer: layer, head: head)
          .copyMemory(from: other.keys(layer: layer, head: head), byteCount: bytes)
        copy.values(layer: layer, head: head)
          .copyMemory(from: other.values(layer: layer, head: head), byteCount: bytes)
      }
    }
    return copy
  }
}
