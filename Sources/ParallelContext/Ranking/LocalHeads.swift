internal import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The heads that do not attend chunks, row by row: those whose sink and tail have most of all attention
/// mass, the mass of the chunks being estimated (after arXiv 2502.09647).
final class LocalHeads {
  private let threshold: Double
  private let estimates: SummaryEstimates
  private let chunks: Int
  private let capacity: Int
  /// `[kvHead][row][chunk]`, estimates of log-masses.
  private var masses: [Float]

  init(threshold: Double, temperature: Float, kvHeads: Int, capacity: Int, chunks: Int) {
    self.threshold = threshold
    self.capacity = capacity
    self.chunks = chunks
    estimates = SummaryEstimates(ranking: .moments, temperature: temperature)
    masses = Array(repeating: 0, count: kvHeads * capacity * chunks)
  }

  /// Estimates the chunks' masses for all rows of a block.
  func prepare(
    _ query: QueryBlock,
    _ layout: Layout,
    context: MergedContext,
    summaries: [ChunkSummary],
    workspaces: [QueryWorkspace]
  ) {
    estimates.estimate(
      query,
      layout,
      context: context,
      summaries: summaries,
      capacity: capacity,
      workspaces: workspaces,
      into: &masses
    )
  }

  /// True when a row's head is local, `local` being the log-mass of sink and tail.
  func isLocal(head: Int, row: Int, local: Float) -> Bool {
    let context = masses.withUnsafeBufferPointer { masses in
      masses.baseAddress.map { SegmentMerge.logSumExp($0 + (head * capacity + row) * chunks, chunks) }
        ?? -.infinity
    }
    return Double(expf(local - SegmentMerge.logAdd(local, context))) >= threshold
  }
}
