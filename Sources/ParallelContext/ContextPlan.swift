/// How a document is cut: a shared sink and chunks that are encoded each on its own.
public struct ContextPlan: Sendable, Hashable {
  /// The tokens that stand before every chunk and are kept once; see arXiv 2412.16545.
  public let sinkTokens: [Int32]
  /// The chunks as ranges of the document's tokens, in order and without gaps.
  public let chunks: [Range<Int>]

  /// How well a document may be cut after a token.
  public enum Boundary: UInt8, Sendable, Comparable {
    case token = 0
    case line = 1
    case paragraph = 2

    /// A paragraph's end is a better cut than a line's, and that better than any other.
    public static func < (a: Boundary, b: Boundary) -> Bool { a.rawValue < b.rawValue }
  }

  /// Cuts a document into chunks of about `chunkTokens` tokens.
  ///
  /// A chunk ends at the last paragraph's end within the last tenth of its size, else at the last line's end
  /// there, else at its full size.
  ///
  /// - Parameters:
  ///   - boundaries: For each token of the document, what ends after it (the raw value of a ``Boundary``).
  ///   - chunkTokens: The most tokens of a chunk.
  ///   - sinkTokens: The shared prefix; may be empty.
  ///   - contextLength: The length for which the model was trained: sink and chunk must fit in it.
  /// - Throws: ``ContextError`` for an empty document or a size that does not fit.
  public init(boundaries: [UInt8], chunkTokens: Int, sinkTokens: [Int32], contextLength: Int)
    throws(ContextError)
  {
    guard !boundaries.isEmpty else { throw ContextError("the document is empty: there is nothing to encode") }
    guard chunkTokens >= 1 else {
      throw ContextError("a chunk of \(chunkTokens) tokens is not possible; choose 1 or more")
    }
    let room = contextLength - sinkTokens.count
    guard chunkTokens <= room else {
      throw ContextError(
        "a chunk of \(chunkTokens) tokens does not fit: the model's context of \(contextLength) tokens less the sink's "
          + "\(sinkTokens.count) leaves \(max(0, room))"
      )
    }
    var chunks: [Range<Int>] = []
    var start = 0
    while boundaries.count - start > chunkTokens {
      let end = Self.cut(boundaries, start: start, size: chunkTokens)
      chunks.append(start..<end)
      start = end
    }
    chunks.append(start..<boundaries.count)
    self.chunks = chunks
    self.sinkTokens = sinkTokens
  }

  private static func cut(_ boundaries: [UInt8], start: Int, size: Int) -> Int {
    let full = start + size
    let earliest = full - size / 10
    var best = (strength: Boundary.token.rawValue, end: full)
    for end in stride(from: full, through: max(earliest, start + 1), by: -1) {
      let strength = boundaries[end - 1]
      if strength > best.strength { best = (strength, end) }
      if strength >= Boundary.paragraph.rawValue { break }
    }
    return best.end
  }

  /// Tokens of the document.
  public var tokens: Int { chunks.last?.upperBound ?? 0 }
  /// The position at which every chunk is stored: right behind the sink.
  public var positionBase: Int { sinkTokens.count }
}
