package import ParallelContext

/// Where needles go in a text that keeps its length: each takes the place of as many tokens, inside one chunk.
package struct NeedlePlacement: Sendable {
  /// A needle that begins inside a line costs as much as one so many tokens from where it is wanted.
  private static let lineDetour = 64

  private let chunks: [Range<Int>]
  private let boundaries: [UInt8]
  /// Where needles lie so far.
  package private(set) var taken: [Range<Int>] = []

  /// An empty placement.
  ///
  /// - Parameters:
  ///   - chunks: The chunks of the text.
  ///   - boundaries: What ends after each token, as in `ContextPlan`.
  package init(chunks: [Range<Int>], boundaries: [UInt8]) {
    self.chunks = chunks
    self.boundaries = boundaries
  }

  /// Places a needle as near to a depth as it can be, at the begin of a line if there is one nearby.
  ///
  /// - Parameters:
  ///   - length: The needle's tokens.
  ///   - depth: 0 for the text's begin, 1 for its end.
  /// - Returns: The chunk and the tokens it takes the place of.
  /// - Throws: `ContextError` when no chunk has so much room.
  package mutating func place(length: Int, depth: Double) throws(ContextError) -> (
    chunk: Int, tokens: Range<Int>
  ) {
    let wanted = Int((depth * Double(boundaries.count - length)).rounded())
    var best: (cost: Int, chunk: Int, start: Int)?
    for (index, chunk) in chunks.enumerated() where chunk.count >= length {
      for start in chunk.lowerBound...chunk.upperBound - length {
        let startsLine = start == 0 || boundaries[start - 1] >= ContextPlan.Boundary.line.rawValue
        let cost = abs(start - wanted) + (startsLine ? 0 : Self.lineDetour)
        guard cost < best?.cost ?? .max else { continue }
        let tokens = start..<start + length
        if !taken.contains(where: { $0.overlaps(tokens) }) { best = (cost, index, start) }
      }
    }
    guard let best else {
      throw ContextError(
        .doesNotFit,
        "no chunk has room for a needle of \(length) tokens: choose a larger --chunk-tokens or --context"
      )
    }
    let tokens = best.start..<best.start + length
    taken.append(tokens)
    return (best.chunk, tokens)
  }
}
