internal import Transformer

/// Encodes pieces of a text, side by side on the machine's processors.
enum ContextEncoding {
  /// Encodes all pieces, each behind the sink.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - text: The tokens.
  ///   - sink: The tokens before every piece.
  ///   - ranges: The pieces.
  ///   - lanes: Pieces encoded at a time.
  ///   - progress: Called with the number of pieces that are encoded and that of all.
  /// - Returns: The sink's cache, and each piece's.
  /// - Throws: `ModelError` for sizes that do not fit the model, and when memory or a thread cannot be had.
  static func run(
    model: Model,
    text: [Int32],
    sink: [Int32],
    ranges: Set<Range<Int>>,
    lanes: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> (sink: KVCache?, chunks: [Range<Int>: KVCache]) {
    let ordered = ranges.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    let longest = ordered.map(\.count).max() ?? 1
    let queue = ChunkQueue(ordered.map { Array(text[$0]) })
    let lanes = try (0..<max(1, min(lanes, ordered.count))).map {
      try BenchmarkLane(index: $0, model: model, chunkTokens: longest, reference: [])
    }
    defer { for lane in lanes { lane.stop() } }
    for lane in lanes { try await lane.prepare(sink: sink, chunkTokens: 1) }
    let caches = try await withThrowingTaskGroup(of: [Int: KVCache].self) { group in
      for lane in lanes {
        group.addTask {
          try await lane.encodeKeeping(queue) { progress(queue.finish(), ordered.count) }
        }
      }
      var all: [Int: KVCache] = [:]
      for try await some in group { all.merge(some) { first, _ in first } }
      return all
    }
    let chunks = Dictionary(uniqueKeysWithValues: caches.map { (ordered[$0.key], $0.value) })
    return (await lanes.first?.sinkCache, chunks)
  }
}
