/// A number of chunks to attend, which may grow where chunks are short.
package struct ChunkCount: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// The number of chunks.
  package var chunks: Int
  /// The least number of tokens that these have together, at the mean length; 0 for no limit. A fixed number
  /// of short chunks would hold a smaller part of what a question needs.
  package var leastTokens: Int

  package init(_ chunks: Int, leastTokens: Int = 0) {
    self.chunks = chunks
    self.leastTokens = leastTokens
  }

  /// The number of chunks that one choice has for a whole question.
  package static let ofQuestion = ChunkCount(4, leastTokens: 2048)

  /// A number of chunks of any length.
  package init(integerLiteral chunks: Int) { self.init(chunks) }

  /// The number of chunks to attend of chunks with the given lengths, in tokens.
  package func resolved(for lengths: [Int]) -> Int {
    let tokens = lengths.reduce(0, +)
    guard leastTokens > 0, tokens > 0 else { return chunks }
    let needed = (leastTokens * lengths.count + tokens - 1) / tokens
    return max(chunks, min(needed, lengths.count))
  }
}
