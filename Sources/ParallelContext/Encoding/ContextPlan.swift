/// The plan by which a document is cut: a shared sink and chunks that are encoded each on its own.
package struct ContextPlan: Sendable, Hashable {
  /// The tokens that stand before every chunk and are kept once; see arXiv 2412.16545.
  package let sinkTokens: [Int32]
  /// The chunks as ranges of the document's tokens, in order and without gaps.
  package let chunks: [Range<Int>]
  /// The size or the number of chunks that the plan aims at.
  package let cutting: Cutting
  /// The tokens that chunks are encoded behind, besides the sink.
  package let lead: Lead

  /// The kind of text boundary behind a token; a cut is made at the strongest one.
  package enum Boundary: UInt8, Sendable, Comparable {
    case token = 0
    case line = 1
    case paragraph = 2

    /// A paragraph's end is a better cut than a line's, and that better than any other.
    package static func < (a: Boundary, b: Boundary) -> Bool { a.rawValue < b.rawValue }
  }

  /// Cuts a document.
  ///
  /// A chunk of a given size ends at the last paragraph's end within the last tenth of its size, else at the
  /// last line's end there, else at its full size. Chunks of a given number end likewise, up to a
  /// twentieth before or behind the place that would make the rest equal.
  ///
  /// - Parameters:
  ///   - boundaries: For each token of the document, the kind of boundary after it (the raw value of a
  ///     ``Boundary``).
  ///   - cutting: The size or the number of the chunks.
  ///   - sinkTokens: The shared prefix; may be empty.
  ///   - lead: The tokens that chunks are encoded behind, besides the sink.
  ///   - contextLength: The length for which the model was trained: sink, lead and chunk must fit in it.
  /// - Throws: ``ContextError`` for an empty document or a size that does not fit.
  package init(
    boundaries: [UInt8],
    cutting: Cutting,
    sinkTokens: [Int32],
    lead: Lead = .nothing,
    contextLength: Int
  ) throws(ContextError) {
    guard !boundaries.isEmpty else {
      throw ContextError(.badInput, "the document is empty: there is nothing to encode")
    }
    let chunkTokens = cutting.chunkTokens(of: boundaries.count)
    guard chunkTokens >= 1 else {
      throw ContextError(.badInput, "a chunk of \(chunkTokens) tokens is not possible; choose 1 or more")
    }
    let leading =
      switch lead {
      case .nothing: 0
      case .left(let count): count
      case .anchor(let count): count ?? chunkTokens
      }
    let before = leading > 0 && chunkTokens < boundaries.count ? leading : 0
    let room = contextLength - sinkTokens.count - before
    guard chunkTokens <= room else {
      throw ContextError(
        .doesNotFit,
        "a chunk of \(chunkTokens) tokens does not fit: the model's context of \(contextLength) tokens less the sink's "
          + "\(sinkTokens.count)\(before > 0 ? " and the \(before) before a chunk" : "") leaves \(max(0, room))"
      )
    }
    self.lead = lead
    chunks =
      switch cutting {
      case .size(let size): Self.chunks(boundaries, size: size)
      case .count(let count): Self.chunks(boundaries, count: count, room: room)
      }
    self.cutting = cutting
    self.sinkTokens = sinkTokens
  }

  /// Cuts a document as a coordinator does.
  ///
  /// - Parameters:
  ///   - boundaries: For each token of the document, the kind of boundary after it (the raw value of a
  ///     ``Boundary``).
  ///   - requestedTokens: The size of a chunk that was requested; nil to choose it.
  ///   - usualTokens: The default size, reduced to half of the model's context if it is larger.
  ///   - lead: The tokens that chunks are encoded behind, besides the sink.
  ///   - lanes: The lanes that share the document.
  ///   - sinkTokens: The shared prefix; may be empty.
  ///   - contextLength: The length for which the model was trained.
  /// - Throws: ``ContextError`` for an empty document or a size that does not fit.
  package init(
    boundaries: [UInt8],
    requestedTokens: Int?,
    usualTokens: Int,
    lead: Lead,
    lanes: Int,
    sinkTokens: [Int32],
    contextLength: Int
  ) throws(ContextError) {
    try self.init(
      boundaries: boundaries,
      cutting: .chosen(
        requested: requestedTokens,
        documentTokens: boundaries.count,
        lanes: lanes,
        usual: min(usualTokens, contextLength / 2)
      ),
      sinkTokens: sinkTokens,
      lead: lead,
      contextLength: contextLength
    )
  }

  private init(prefix: ArraySlice<Range<Int>>, of plan: ContextPlan) {
    chunks = Array(prefix)
    (sinkTokens, cutting, lead) = (plan.sinkTokens, plan.cutting, plan.lead)
  }

  /// The plan of the first `count` chunks alone.
  package func prefix(_ count: Int) -> ContextPlan { ContextPlan(prefix: chunks.prefix(count), of: self) }

  private static func chunks(_ boundaries: [UInt8], size: Int) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var start = 0
    while boundaries.count - start > size {
      let full = start + size
      let end = cut(boundaries, within: max(full - size / 10, start + 1)...full, wanted: full)
      chunks.append(start..<end)
      start = end
    }
    chunks.append(start..<boundaries.count)
    return chunks
  }

  private static func chunks(_ boundaries: [UInt8], count: Int, room: Int) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var start = 0
    for left in stride(from: min(count, boundaries.count), to: 1, by: -1) {
      let equal = (boundaries.count - start + left - 1) / left
      let slack = equal / 20
      // The remaining chunks must neither run out of tokens nor exceed `room`.
      let earliest = max(start + equal - slack, boundaries.count - (left - 1) * room)
      let latest = min(start + min(equal + slack, room), boundaries.count - (left - 1))
      let end = cut(boundaries, within: earliest...latest, wanted: start + equal)
      chunks.append(start..<end)
      start = end
    }
    chunks.append(start..<boundaries.count)
    return chunks
  }

  /// The end of the strongest boundary in `reach`: of equal ones the nearest to `wanted`, and `wanted` itself
  /// if there is none.
  private static func cut(_ boundaries: [UInt8], within reach: ClosedRange<Int>, wanted: Int) -> Int {
    var best = (strength: Boundary.token.rawValue, end: wanted)
    for end in reach {
      let strength = boundaries[end - 1]
      guard strength > Boundary.token.rawValue, strength >= best.strength else { continue }
      if strength > best.strength || abs(end - wanted) < abs(best.end - wanted) { best = (strength, end) }
    }
    return best.end
  }

  /// Tokens of the document.
  package var tokens: Int { chunks.last?.upperBound ?? 0 }
  /// The intended size of a chunk, in tokens.
  package var chunkTokens: Int { cutting.chunkTokens(of: tokens) }
  /// The first position behind the sink.
  package var positionBase: Int { sinkTokens.count }
}
