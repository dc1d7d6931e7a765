package import Transformer

/// Looks into some chunks, to tell which of them a question points at, and at which passages in these.
///
/// A chunk is taken in pages of 64 tokens. A page's score is the sum of the five largest shares that its sharpest
/// keys have of a row's attention, as a chunk's is in arXiv 2412.16545; a chunk's score is that of its best page.
///
/// A question whose answer stands in one place has heads that give it nearly all of their attention, which leaves
/// little for any other page. Text that is to be continued looks at many. So what counts is the odds p / (1 - p) of
/// the mean p of those five shares: where a page's are ten times those of the next, the question points at it.
package final class PassageFinder {
  /// Tokens of a page.
  package static let pageTokens = 64

  /// A page of a chunk.
  package struct Page: Sendable, Hashable {
    package var chunk: Int
    package var tokens: Range<Int>
  }

  private struct Chunk {
    var index: Int
    var tokens: Int
    var pages: Range<Int>
  }

  /// What the rows of one head came to.
  private final class Tally {
    var scores: ScoreReduction
    var shares: [Float]

    init(pages: Int) {
      scores = ScoreReduction(chunks: pages)
      shares = Array(repeating: 0, count: pages)
    }
  }

  /// By how much odds fall behind what a question points at.
  private static let fall: Float = 10

  /// The pages, chunk by chunk.
  package let pages: [Page]
  /// Room for the logits of a block's rows, a slot for each page.
  package let store: PartialStore
  private let chunks: [Chunk]
  private let tallies: [Tally]

  /// Prepares to look.
  ///
  /// - Parameters:
  ///   - chunks: The chunks, with their tokens.
  ///   - kvHeads: Key and value heads.
  ///   - rows: The most rows of one of them in a block.
  ///   - headDimension: Values per head.
  /// - Throws: `ModelError` when memory cannot be had.
  package init(
    _ chunks: [(index: Int, tokens: Int)],
    kvHeads: Int,
    rows: Int,
    headDimension: Int
  ) throws(ModelError) {
    var pages: [Page] = []
    self.chunks = chunks.map { index, tokens in
      let before = pages.count
      for first in stride(from: 0, to: tokens, by: Self.pageTokens) {
        pages.append(Page(chunk: index, tokens: first..<min(first + Self.pageTokens, tokens)))
      }
      return Chunk(index: index, tokens: tokens, pages: before..<pages.count)
    }
    self.pages = pages
    store = try PartialStore(
      slots: pages.count,
      kvHeads: kvHeads,
      rows: rows,
      headDimension: headDimension,
      withValues: false
    )
    tallies = (0..<kvHeads).map { _ in Tally(pages: pages.count) }
  }

  /// Takes in one row's attention to the pages. Rows of different heads may be taken in at a time.
  ///
  /// - Parameters:
  ///   - head: The key and value head.
  ///   - row: The row.
  ///   - local: The log-mass of sink and tail.
  package func add(head: Int, row: Int, local: Float) {
    let tally = tallies[head]
    tally.shares.withUnsafeMutableBufferPointer { shares in
      guard let base = shares.baseAddress else { return }
      for page in pages.indices { base[page] = store.logMass(slot: page, head: head, row: row) }
      let total = SegmentMerge.logAdd(SegmentMerge.logSumExp(base, pages.count), local)
      guard total > -.infinity else { return }
      for page in pages.indices { base[page] = store.topMass(slot: page, head: head, row: row, over: total) }
      tally.scores.add(base)
    }
  }

  /// The odds of every page.
  private var odds: [Float] {
    let scores = tallies.reduce(into: ScoreReduction(chunks: pages.count)) { $0.add($1.scores) }.scores
    return scores.map { $0 / max(Float(PartialStore.topCount) - $0, 1e-3) }
  }

  /// The chunks with the odds of their best pages, those of the highest first; of equals the earlier.
  private var ranked: [(chunk: Int, odds: Float)] {
    let odds = odds
    return chunks.map { chunk in (chunk.index, chunk.pages.map { odds[$0] }.max() ?? 0) }
      .sorted { ($1.odds, $0.chunk) < ($0.odds, $1.chunk) }
  }

  /// The chunks that the question points at, at most `most`, if it points at few: those before the first steep fall
  /// of the odds.
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
  ///   - count: How many.
  ///   - always: One that is among them whatever its score; nil for none.
  /// - Returns: The chunks.
  package func best(_ count: Int, always: Int? = nil) -> [Int] {
    let ranked = ranked.map(\.chunk)
    let first = ranked.filter { $0 == always }
    return (first + ranked.filter { $0 != always }).prefix(count).sorted()
  }

  /// What is to be attended of each chunk that is not to be attended whole: `tokens` tokens around its best page,
  /// where the question points at that page and its neighbours alone.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of a passage.
  ///   - wanted: The chunks that are attended.
  /// - Returns: The tokens of each such chunk, from its first one on.
  package func passages(of tokens: Int, in wanted: [Int]) -> [Int: Range<Int>] {
    let odds = odds
    var passages: [Int: Range<Int>] = [:]
    for chunk in chunks where chunk.tokens > tokens && wanted.contains(chunk.index) {
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

extension SegmentedAttention {
  /// Takes in a block's attention to the pages of the chunks that are looked into.
  func look(_ query: QueryBlock) {
    guard let finder else { return }
    let heads = configuration.kvHeads
    inParallel(threads: workspaces.count, count: finder.pages.count * heads) { thread, item in
      let (index, head) = (item / heads, item % heads)
      let page = finder.pages[index]
      attendAll(
        query,
        workspaces[thread],
        head: head,
        cache: context.chunks[page.chunk],
        tokens: page.tokens,
        shift: shift(page.chunk, view: views(of: page.chunk).lowerBound),
        softmax: finder.store.softmax(slot: index, head: head)
      )
    }
    inParallel(threads: workspaces.count, count: heads) { _, head in
      for row in 0..<query.rows where choice.chunk(head: head, row: row, rank: 0) != nil {
        finder.add(head: head, row: row, local: localMass(head: head, row: row))
      }
    }
  }
}
