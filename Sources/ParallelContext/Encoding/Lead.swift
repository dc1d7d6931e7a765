/// The tokens that a chunk is encoded behind, besides the sink, and that are not kept.
package enum Lead: Sendable, Hashable {
  /// None: a chunk sees the sink and itself.
  case nothing
  /// The tokens of the document right before the chunk, so that its first tokens know what they follow.
  /// Prediction gains by it, and single facts are found less often; see docs/evaluation.md.
  case left(Int)
  /// The first tokens of the document, with chunks at their places in the document: the anchor of Star
  /// Attention (arXiv 2411.17116). Nil takes as many as a chunk has. With 0 of them chunks merely stand at
  /// their places.
  case anchor(Int?)

  /// A lead of so many tokens right before the chunk; ``nothing`` for nil and 0.
  package init(left count: Int?) {
    self = count.map { $0 > 0 ? .left($0) : .nothing } ?? .nothing
  }
}

extension ContextPlan {
  /// The tokens of the document that a chunk is encoded behind.
  package func lead(of chunk: Int) -> Range<Int> {
    let start = chunks[chunk].lowerBound
    switch lead {
    case .nothing: return start..<start
    case .left(let count): return max(0, start - count)..<start
    case .anchor(let count): return 0..<min(start, count ?? chunkTokens)
    }
  }

  /// The position at which a chunk's first token is encoded.
  package func base(of chunk: Int) -> Int {
    if case .anchor = lead { return positionBase + chunks[chunk].lowerBound }
    return positionBase + lead(of: chunk).count
  }
}
