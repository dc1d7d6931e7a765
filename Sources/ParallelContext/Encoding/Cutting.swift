/// Into what a document is cut: chunks of a given size, or a given number of chunks.
public enum Cutting: Sendable, Hashable {
  /// Chunks of at most so many tokens, the last one being what is left.
  case size(Int)
  /// So many chunks of about equal size.
  case count(Int)

  /// The size, in tokens, below which chunks are not made smaller to occupy lanes.
  ///
  /// Chunks do not see each other, and every cut takes from the tokens behind it what stood before: the
  /// first hundred or so of a chunk are read with little but the sink. Below this size they would be a large
  /// part of all, while a chunk of this size is encoded in less than half a second.
  public static let fewestTokens = 256

  /// The cutting that suits a document and the lanes that will encode it.
  ///
  /// A size that was asked for is always taken. Else chunks have the usual size, unless these are too few to
  /// give every lane one: then the document is cut into as many equal chunks as there are lanes, or as
  /// many as do not fall below ``fewestTokens``.
  ///
  /// - Parameters:
  ///   - requested: The size that was asked for, in tokens.
  ///   - documentTokens: The document's length.
  ///   - lanes: The number of chunks that can be encoded at a time; 0 when that is not known.
  ///   - usual: The usual size in tokens.
  /// - Returns: A size, or a number of at least 2.
  public static func chosen(requested: Int?, documentTokens: Int, lanes: Int, usual: Int) -> Cutting {
    if let requested { return .size(requested) }
    let usual = max(1, usual)
    let fewest = (documentTokens + usual - 1) / usual
    let count = max(fewest, min(lanes, documentTokens / fewestTokens))
    return fewest <= lanes && count > 1 ? .count(count) : .size(usual)
  }

  /// The size of a chunk that this aims at, in tokens of a document of `documentTokens`.
  public func chunkTokens(of documentTokens: Int) -> Int {
    switch self {
    case .size(let size): size
    case .count(let count): (documentTokens + count - 1) / max(1, count)
    }
  }
}
