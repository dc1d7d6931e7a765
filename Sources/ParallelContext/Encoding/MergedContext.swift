internal import KVFormat
package import Transformer

/// A document's caches behind one shared sink. Chunks are held by reference; merging copies nothing.
package struct MergedContext: Sendable {
  /// The plan by which the document was cut.
  package let plan: ContextPlan
  /// The sink's cache, nil for none.
  package let sink: KVCache?
  /// A cache per chunk, in the plan's order.
  package let chunks: [KVCache]
  /// The position at which each chunk's first token was encoded.
  package let bases: [Int]
  private let summaryStore: SummaryStore

  /// Merges caches into a context.
  ///
  /// - Parameters:
  ///   - plan: The plan by which the document was cut.
  ///   - sink: The sink's cache, nil for none.
  ///   - chunks: A cache per chunk.
  ///   - bases: The position at which each chunk's first token was encoded; nil for those of the plan.
  ///   - summaries: A summary per chunk, of the same content; empty to make them on demand.
  /// - Throws: ``ContextError`` when caches or summaries are missing or their lengths contradict the plan.
  package init(
    plan: ContextPlan,
    sink: KVCache?,
    chunks: [KVCache],
    bases: [Int]? = nil,
    summaries: [ChunkSummary] = []
  ) throws(ContextError) {
    guard chunks.map(\.shape.tokens) == plan.chunks.map(\.count) else {
      throw ContextError(
        .mismatch,
        "the chunks' caches do not have the lengths of the plan's \(plan.chunks.count) chunks"
      )
    }
    guard (sink?.shape.tokens ?? 0) == plan.sinkTokens.count else {
      throw ContextError(
        .mismatch,
        "the sink's cache does not have the plan's \(plan.sinkTokens.count) tokens"
      )
    }
    let bases = bases ?? plan.chunks.indices.map(plan.base)
    guard bases.count == chunks.count else {
      throw ContextError(
        .mismatch,
        "\(bases.count) positions do not suit the plan's \(plan.chunks.count) chunks"
      )
    }
    guard summaries.isEmpty || summaries.map(\.shape.tokens) == plan.chunks.map(\.count) else {
      throw ContextError(.mismatch, "the summaries are not those of the plan's \(plan.chunks.count) chunks")
    }
    summaryStore = SummaryStore(summaries)
    self.plan = plan
    self.sink = sink
    self.chunks = chunks
    self.bases = bases
  }

  /// A summary per chunk with at least the given content. What did not come with the chunks is made on the
  /// first call that asks for it.
  ///
  /// - Throws: `ModelError` when memory cannot be allocated.
  func summaries(
    _ content: SummaryContent,
    pairing: RotaryConfiguration.Pairing,
    threads: Int
  ) throws(ModelError) -> [ChunkSummary] {
    try summaryStore.summaries(of: chunks, pairing: pairing, content: content, threads: threads)
  }

  /// Bytes of all caches.
  package var byteCount: Int { chunks.reduce(sink?.shape.byteCount ?? 0) { $0 + $1.shape.byteCount } }
}
