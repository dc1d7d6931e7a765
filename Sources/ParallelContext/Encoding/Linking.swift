internal import KVFormat
internal import Memory
internal import Transformer

extension QueryEngine {
  /// Computes the first tokens of every chunk but the first once more, against everything before them
  /// (LegoLink, arXiv 2410.15332).
  ///
  /// Chunks are linked in order, so that each sees those before it with their first tokens already replaced.
  ///
  /// - Parameters:
  ///   - context: The chunks.
  ///   - text: The document's tokens.
  ///   - count: The number of first tokens of each chunk to compute; 0 changes nothing.
  /// - Returns: The context with those tokens' keys and values replaced.
  /// - Throws: ``ContextError`` when the document does not fit the model, ``ModelError`` when computing
  ///   fails.
  package func linked(_ context: MergedContext, text: [Int32], count: Int) throws -> MergedContext {
    guard count > 0, context.chunks.count > 1 else { return context }
    try checkLink(of: context, count: count)
    var chunks = context.chunks
    for index in chunks.indices.dropFirst() {
      let before = try MergedContext(
        plan: context.plan.prefix(index),
        sink: context.sink,
        chunks: Array(chunks.prefix(index)),
        bases: Array(context.bases.prefix(index))
      )
      let first = Array(text[context.plan.chunks[index]].prefix(count))
      // The link attends from right behind the chunks before it, but its keys are stored at the positions of
      // the chunk's own: a chunk has one base.
      let session = try QuerySession(
        model: model,
        threads: threads,
        linking: first,
        storedFrom: context.bases[index],
        behind: before
      )
      try session.append(first)
      chunks[index] = try chunks[index].replacingStart(by: session.tail)
    }
    return try MergedContext(plan: context.plan, sink: context.sink, chunks: chunks, bases: context.bases)
  }
}

extension QueryEngine {
  /// Checks that a context's chunks can be linked, without computing.
  ///
  /// - Throws: ``ContextError`` when the document does not fit the model.
  package func checkLink(of context: MergedContext, count: Int) throws(ContextError) {
    let (needed, most) = (context.plan.positionBase + context.plan.tokens, model.configuration.reach)
    guard count == 0 || needed <= most else {
      throw ContextError(
        .doesNotFit,
        "chunks are linked at their true positions, and sink and document have \(needed) tokens: more than the model's "
          + "context of \(most); choose another policy"
      )
    }
  }
}

extension KVCache {
  /// A copy whose first tokens, as far as they are kept, are those of another cache, which keeps all.
  fileprivate func replacingStart(by other: KVCache) throws(ModelError) -> KVCache {
    let copy = try KVCache(shape: shape)
    copy.storage.base.copyMemory(from: storage.base, byteCount: shape.byteCount)
    let replaced = min(other.shape.tokens, shape.tokens)
    for layer in 0..<shape.layers {
      let dropped = shape.droppedTokens(layer: layer)
      guard replaced > dropped else { continue }
      let tokenBytes = shape.headDimension * shape.type.byteCount
      let (skipped, bytes) = (dropped * tokenBytes, (replaced - dropped) * tokenBytes)
      for head in 0..<shape.kvHeads {
        copy.keys(layer: layer, head: head)
          .copyMemory(from: other.keys(layer: layer, head: head) + skipped, byteCount: bytes)
        copy.values(layer: layer, head: head)
          .copyMemory(from: other.values(layer: layer, head: head) + skipped, byteCount: bytes)
      }
    }
    return copy
  }
}
