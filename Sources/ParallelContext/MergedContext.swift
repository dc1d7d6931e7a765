public import Transformer

/// A document's caches behind one shared sink. Chunks are held by reference; merging copies nothing.
public struct MergedContext: Sendable {
  /// The plan by which the document was cut.
  public let plan: ContextPlan
  /// The sink's cache, nil for none.
  public let sink: KVCache?
  /// A cache per chunk, in the plan's order, stored from position `plan.positionBase` on.
  public let chunks: [KVCache]

  /// Puts a context together.
  ///
  /// - Throws: ``ContextError`` when caches are missing or their lengths contradict the plan.
  public init(plan: ContextPlan, sink: KVCache?, chunks: [KVCache]) throws(ContextError) {
    guard chunks.map(\.shape.tokens) == plan.chunks.map(\.count) else {
      throw ContextError(
        "the chunks' caches do not have the lengths of the plan's \(plan.chunks.count) chunks"
      )
    }
    guard (sink?.shape.tokens ?? 0) == plan.sinkTokens.count else {
      throw ContextError("the sink's cache does not have the plan's \(plan.sinkTokens.count) tokens")
    }
    self.plan = plan
    self.sink = sink
    self.chunks = chunks
  }

  /// Bytes of all caches.
  public var byteCount: Int { chunks.reduce(sink?.shape.byteCount ?? 0) { $0 + $1.shape.byteCount } }
}
