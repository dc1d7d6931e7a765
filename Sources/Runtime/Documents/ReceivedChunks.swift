internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Transformer

/// The received chunks of a document: a block each, with the chunk's KV cache and behind it its summary.
struct ReceivedChunks {
  private let plan: ContextPlan
  private let shapes: [KVCacheShape]
  /// Empty without summaries.
  private let summaryShapes: [SummaryShape]
  private var caches: [KVCache?]
  private var summaries: [ChunkSummary?]

  /// Prepares for the chunks of a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - model: The model that encodes them.
  ///   - content: The content of their summaries.
  init(_ plan: ContextPlan, of model: ModelConfiguration, summaries content: SummaryContent) {
    self.plan = plan
    shapes = plan.chunks.map { KVCacheShape(chunkOf: model, tokens: $0.count, type: .bf16) }
    let pairing = model.rope.pairing
    summaryShapes =
      content == .none ? [] : shapes.map { SummaryShape($0, pairing: pairing, content: content) }
    caches = Array(repeating: nil, count: shapes.count)
    summaries = Array(repeating: nil, count: summaryShapes.count)
  }

  /// The bytes of each chunk's summary; empty without summaries.
  var summaryByteCounts: [Int] { summaryShapes.map(\.byteCount) }

  /// The bytes of all KV caches and summaries.
  var byteCount: Int { (shapes.map(\.byteCount) + summaryByteCounts).reduce(0, +) }

  /// The bytes of keys and values that chunks do not keep, since no later question can see them.
  var hiddenByteCount: Int {
    zip(shapes, plan.chunks).reduce(0) { sum, next in
      let whole = next.0.model.keepingAll.byteCount(tokens: next.1.count, type: next.0.type) ?? 0
      return sum + whole - next.0.byteCount
    }
  }

  /// Stores the block of a chunk.
  ///
  /// - Returns: The bytes of the chunk's KV cache.
  /// - Throws: `ModelError` when the block has too few bytes.
  mutating func take(_ block: AlignedBuffer, of chunk: Int) throws(ModelError) -> Int {
    let shape = shapes[chunk]
    caches[chunk] = try KVCache(shape: shape, storage: block)
    if !summaryShapes.isEmpty {
      summaries[chunk] = try ChunkSummary(
        shape: summaryShapes[chunk],
        storage: block,
        offset: shape.byteCount
      )
    }
    return shape.byteCount
  }

  /// Merges the chunks behind their sink.
  ///
  /// - Throws: `ContextError` when some are missing.
  func merged(behind sink: KVCache?) throws(ContextError) -> MergedContext {
    try MergedContext(
      plan: plan,
      sink: sink,
      chunks: caches.compactMap { $0 },
      summaries: summaries.compactMap { $0 }
    )
  }
}
