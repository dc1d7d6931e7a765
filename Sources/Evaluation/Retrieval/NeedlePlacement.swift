package import ParallelContext

/// The places of needles in a text that keeps its length: each replaces as many tokens, inside one chunk.
package struct NeedlePlacement: Sendable {
  /// The cost of beginning inside a line, in tokens of distance from the wanted place.
  private static let lineDetour = 64

  private let chunks: [Range<Int>]
  private let boundaries: [UInt8]
  /// The tokens replaced so far.
  package private(set) var taken: [Range<Int>] = []

  /// Makes an empty placement.
  ///
  /// - Parameters:
  ///   - chunks: The chunks of the text.
  ///   - boundaries: The boundary after each token, as in `ContextPlan`.
  package init(chunks: [Range<Int>], boundaries: [UInt8]) {
    self.chunks = chunks
    self.boundaries = boundaries
  }

  /// Places a needle as near to a depth as possible, at the beginning of a line if there is one nearby.
  ///
  /// - Parameters:
  ///   - length: The needle's tokens.
  ///   - depth: The wanted place, from 0 for the text's beginning to 1 for its end.
  /// - Returns: The chunk, and the tokens that the needle replaces.
  /// - Throws: `ContextError` when no chunk has enough free tokens in a row.
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
