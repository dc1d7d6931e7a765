/// The target of cutting a document: chunks of a given size, or a given number of chunks.
package enum Cutting: Sendable, Hashable {
  /// Chunks of at most so many tokens; the last one has the remainder.
  case size(Int)
  /// So many chunks of about equal size.
  case count(Int)

  /// The smallest size, in tokens, to which chunks are cut to occupy more lanes.
  ///
  /// Chunks do not see each other, so every cut hides the text before it from the tokens behind it: the first
  /// hundred or so of a chunk are read with little but the sink. In smaller chunks these would be a large
  /// part of all tokens, while a chunk of this size is encoded in less than half a second.
  package static let fewestTokens = 256

  /// The cutting that suits a document and the lanes that will encode it.
  ///
  /// A requested size is always taken. Otherwise chunks have the usual size. If these are no more than the
  /// lanes, the document is cut into as many equal chunks as there are lanes, or as many as do not fall below
  /// ``fewestTokens``.
  ///
  /// - Parameters:
  ///   - requested: The size that was requested, in tokens; nil to choose it.
  ///   - documentTokens: The document's length.
  ///   - lanes: The number of chunks that can be encoded at a time; 0 if unknown.
  ///   - usual: The usual size in tokens.
  /// - Returns: A size, or a number of at least 2.
  package static func chosen(requested: Int?, documentTokens: Int, lanes: Int, usual: Int) -> Cutting {
    if let requested { return .size(requested) }
    let usual = max(1, usual)
    let fewest = (documentTokens + usual - 1) / usual
    let count = max(fewest, min(lanes, documentTokens / fewestTokens))
    return fewest <= lanes && count > 1 ? .count(count) : .size(usual)
  }

  /// The intended size of a chunk, in tokens, for a document of `documentTokens`.
  package func chunkTokens(of documentTokens: Int) -> Int {
    switch self {
    case .size(let size): size
    case .count(let count): (documentTokens + count - 1) / max(1, count)
    }
  }
}
