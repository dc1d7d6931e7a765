/// A finder of the chunks that a question points at, among inspected ones, and of the passages in these.
///
/// Chunks are inspected in pages of 64 tokens. For a row r and a page p let g[r, p] be the sum of the five
/// largest attention weights on the page:
///
///     S[p]    = sum of the 5 largest g[r, p] over all rows r of all layers (after arXiv 2412.16545)
///     odds(p) = S[p] / (5 - S[p])
///
/// A chunk has the odds of its best page. If one passage answers a question, some heads give it nearly all of
/// their attention, which leaves little for any other page. When text is merely continued, none do. So a
/// question points at a page whose odds are ten times those of the next.
package struct PassageFinder: Sendable {
  /// Tokens of a page.
  package static let pageTokens = 64

  /// A page of a chunk.
  package struct Page: Sendable, Hashable {
    /// The index of the chunk.
    package var chunk: Int
    /// The range of its tokens, counted within the chunk.
    package var tokens: Range<Int>
  }

  private struct Chunk {
    var index: Int
    var tokens: Int
    var pages: Range<Int>
  }

  /// The factor by which the odds fall behind the chunks that a question points at.
  private static let fall: Float = 10

  private let pages: [Page]
  private let chunks: [Chunk]
  /// The odds of every page.
  private let odds: [Float]

  /// Makes a finder from the scores of the inspected chunks' pages.
  ///
  /// - Parameters:
  ///   - pages: Their pages, as ``pages(of:)`` lists them.
  ///   - scores: Each page's score over all rows.
  package init(pages: [Page], scores: [Float]) {
    self.pages = pages
    odds = scores.map { $0 / max(Float(PartialStore.topCount) - $0, 1e-3) }
    var chunks: [Chunk] = []
    for (index, page) in pages.enumerated() {
      if let last = chunks.last, last.index == page.chunk {
        chunks[chunks.count - 1].tokens = page.tokens.upperBound
        chunks[chunks.count - 1].pages = last.pages.lowerBound..<index + 1
      } else {
        chunks.append(Chunk(index: page.chunk, tokens: page.tokens.upperBound, pages: index..<index + 1))
      }
    }
    self.chunks = chunks
  }

  /// The pages of some chunks, chunk by chunk.
  package static func pages(of chunks: [(index: Int, tokens: Int)]) -> [Page] {
    chunks.flatMap { index, tokens in
      stride(from: 0, to: tokens, by: pageTokens).map { first in
        Page(chunk: index, tokens: first..<min(first + pageTokens, tokens))
      }
    }
  }

  /// The chunks with the odds of their best pages, in falling order; of equals the earlier is first.
  private var ranked: [(chunk: Int, odds: Float)] {
    chunks.map { chunk in (chunk.index, chunk.pages.map { odds[$0] }.max() ?? 0) }
      .sorted { ($1.odds, $0.chunk) < ($0.odds, $1.chunk) }
  }

  /// The chunks that the question points at: those before the first steep fall of the odds. Nil if it does
  /// not come within the first `most` chunks.
  package func focus(most: Int) -> [Int]? {
    let ranked = ranked
    for count in 1..<max(1, min(most + 1, ranked.count))
    where ranked[count].odds * Self.fall < ranked[count - 1].odds {
      return ranked.prefix(count).map(\.chunk).sorted()
    }
    return nil
  }

  /// The `count` chunks of the largest score, in the order of the document.
  ///
  /// - Parameters:
  ///   - count: Their number.
  ///   - always: One that is among them whatever its score; nil for none.
  /// - Returns: The chunks.
  package func best(_ count: Int, always: Int? = nil) -> [Int] {
    let ranked = ranked.map(\.chunk)
    let first = ranked.filter { $0 == always }
    return (first + ranked.filter { $0 != always }).prefix(count).sorted()
  }

  /// The passages of the wanted chunks that are not attended whole: `tokens` tokens around the best page, if
  /// the question points at that page and its neighbours alone.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of a passage.
  ///   - wanted: The chunks that are attended.
  /// - Returns: The tokens of each such chunk, counted from its first.
  package func passages(of tokens: Int, in wanted: [Int]) -> [Int: Range<Int>] {
    var passages: [Int: Range<Int>] = [:]
    for chunk in chunks where chunk.tokens > tokens && wanted.contains(chunk.index) {
      // A fact at the end of a page has its words in the next one too, so neighbours count as one place.
      guard let best = chunk.pages.max(by: { odds[$0] < odds[$1] }),
        chunk.pages.allSatisfy({ abs($0 - best) < 2 || odds[$0] * Self.fall < odds[best] })
      else { continue }
      let page = pages[best].tokens
      let middle = (page.lowerBound + page.upperBound) / 2
      let first = min(max(0, middle - tokens / 2), chunk.tokens - tokens)
      passages[chunk.index] = first..<first + tokens
    }
    return passages
  }
}
