package import Transformer

/// Looks into some chunks, to tell which of them a question points at, and at which passages in these.
///
/// A chunk is taken in pages of 64 tokens. A page's score is the sum of the five largest shares that its sharpest
/// keys have of a row's attention, as a chunk's is among chunks. A chunk of which one page stands out is
/// attended around that page alone: the rest of it can only be mistaken for what is asked for.
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
    var pages: ScoreReduction
    var chunks: ScoreReduction
    var shares: [Float]

    init(pages: Int, chunks: Int) {
      self.pages = ScoreReduction(chunks: pages)
      self.chunks = ScoreReduction(chunks: chunks)
      shares = Array(repeating: 0, count: pages)
    }
  }

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
    tallies = (0..<kvHeads).map { _ in Tally(pages: pages.count, chunks: chunks.count) }
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
      for page in pages.indices {
        base[page] = store.topMass(slots: page..<page + 1, head: head, row: row, over: total)
      }
      tally.pages.add(base)
      for (place, chunk) in chunks.enumerated() {
        base[place] = store.topMass(slots: chunk.pages, head: head, row: row, over: total)
      }
      tally.chunks.add(base)
    }
  }

  /// The scores of all heads together.
  private func together(_ part: KeyPath<Tally, ScoreReduction>, count: Int) -> ScoreReduction {
    tallies.reduce(into: ScoreReduction(chunks: count)) { $0.add($1[keyPath: part]) }
  }

  /// The chunks that the question points at, if it points at few; see ``ScoreReduction/focus(most:)``.
  package func focus(most: Int) -> [Int]? {
    together(\.chunks, count: chunks.count).focus(most: most)?.map { chunks[$0].index }.sorted()
  }

  /// The `count` chunks of the largest score, in the order of the document.
  package func best(_ count: Int) -> [Int] {
    together(\.chunks, count: chunks.count).best(count).map { chunks[$0].index }.sorted()
  }

  /// What is to be attended of each chunk that is not to be attended whole: `tokens` tokens around the page of
  /// the highest score, where no other page but its neighbours has 0.7 of that score.
  ///
  /// - Parameters:
  ///   - tokens: Tokens of a passage.
  ///   - wanted: The chunks that are attended.
  package func passages(of tokens: Int, in wanted: [Int]) -> [Int: Range<Int>] {
    let scores = together(\.pages, count: pages.count).scores
    var passages: [Int: Range<Int>] = [:]
    for chunk in chunks where chunk.tokens > tokens && wanted.contains(chunk.index) {
      guard let best = chunk.pages.max(by: { scores[$0] < scores[$1] }),
        chunk.pages.allSatisfy({ abs($0 - best) < 2 || scores[$0] < 0.7 * scores[best] })
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
