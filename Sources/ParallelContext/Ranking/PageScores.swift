internal import Threads
package import Transformer

/// The attention that rows give to the pages of inspected chunks, gathered over a pass.
package final class PageScores {
  /// The scores of one head's rows.
  private final class Tally {
    var scores: ScoreReduction
    var shares: [Float]

    init(pages: Int) {
      scores = ScoreReduction(chunks: pages)
      shares = Array(repeating: 0, count: pages)
    }
  }

  /// The pages, chunk by chunk.
  package let pages: [PassageFinder.Page]
  /// The logits of a block's rows, a slot for each page.
  package let store: PartialStore
  private let tallies: [Tally]

  /// Reserves memory for the scores of some chunks' pages.
  ///
  /// - Parameters:
  ///   - chunks: The chunks, with their tokens.
  ///   - kvHeads: Key and value heads.
  ///   - rows: The most rows of one of them in a block.
  ///   - headDimension: Values per head.
  /// - Throws: `ModelError` when memory cannot be allocated.
  package init(
    _ chunks: [(index: Int, tokens: Int)],
    kvHeads: Int,
    rows: Int,
    headDimension: Int
  ) throws(ModelError) {
    let pages = PassageFinder.pages(of: chunks)
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

  /// Attends the pages for all rows of a block.
  func attend(
    _ query: QueryBlock,
    _ layout: Layout,
    context: MergedContext,
    by kernel: SegmentKernel,
    workspaces: [QueryWorkspace]
  ) {
    let heads = tallies.count
    inParallel(threads: workspaces.count, count: pages.count * heads) { thread, item in
      let (index, head) = (item / heads, item % heads)
      let page = pages[index]
      kernel.attend(
        context.chunks[page.chunk],
        query,
        workspaces[thread],
        head: head,
        tokens: page.tokens,
        shift: layout.chunks[page.chunk].position - context.bases[page.chunk],
        into: store.softmax(slot: index, head: head)
      )
    }
  }

  /// Adds one row's attention to the pages, whose logits ``store`` holds. Each head has a tally of its own,
  /// so rows of different heads may be added at the same time.
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

  /// The findings from the rows added so far.
  package var finder: PassageFinder {
    let all = tallies.reduce(into: ScoreReduction(chunks: pages.count)) { $0.add($1.scores) }
    return PassageFinder(pages: pages, scores: all.scores)
  }
}
