internal import Threads
internal import Transformer

/// Ranks chunks for every row of a block: the logarithm of each chunk's share of the row's attention, by a
/// ranking.
final class ChunkRanker {
  private let context: MergedContext
  private let slots: SlotMap
  private let merge: SegmentMerge
  private let workspaces: [QueryWorkspace]
  private let summaries: [ChunkSummary]
  private let sketches: SketchLogits
  /// The partials of sink and tail, and of all chunks where these have slots of their own.
  private let store: PartialStore
  /// The logits of all chunks: `store` where that has them; nil where no choice needs them.
  private let logits: PartialStore?
  /// The same for the chunks' sketches.
  private let sketched: PartialStore?
  private let kvHeads: Int
  private let chunks: Int
  /// `[kvHead][row][chunk]`.
  private var scores: [Float]
  /// The chunks whose sketches are one piece of work.
  private static let sketchesAtOnce = 8
  /// The rows whose scores are one piece of work.
  private static let rowsAtOnce = 16

  /// Reserves the memory.
  ///
  /// - Parameters:
  ///   - context: The context.
  ///   - slots: The slots of the query.
  ///   - store: The partials of the query.
  ///   - summaries: A summary per chunk; none where no ranking reads them.
  ///   - merge: The merging of partials.
  ///   - workspaces: One per thread.
  ///   - comparesWithExact: True to keep the logits of all chunks for a comparison with the exact rule.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(
    context: MergedContext,
    slots: SlotMap,
    store: PartialStore,
    summaries: [ChunkSummary],
    merge: SegmentMerge,
    workspaces: [QueryWorkspace],
    comparesWithExact: Bool
  ) throws(ModelError) {
    let chunks = context.chunks.count
    /// A store for the logits of all chunks at all of their places, without values.
    func logitStore() throws(ModelError) -> PartialStore {
      try PartialStore(
        slots: chunks * slots.places,
        kvHeads: store.kvHeads,
        rows: store.capacity,
        headDimension: store.headDimension,
        withValues: false
      )
    }
    self.context = context
    self.slots = slots
    self.store = store
    self.summaries = summaries
    self.merge = merge
    self.workspaces = workspaces
    self.chunks = chunks
    kvHeads = store.kvHeads
    sketches = SketchLogits(temperature: merge.temperature)
    let needsKeys = slots.needsKeys || comparesWithExact
    logits = slots.isDense ? store : needsKeys ? try logitStore() : nil
    sketched = slots.needsSketches ? try logitStore() : nil
    scores = Array(repeating: 0, count: slots.selects ? kvHeads * store.capacity * chunks : 0)
  }

  /// Computes the logits of all chunks.
  ///
  /// - Returns: True when this has attended the chunks too, each in its own slot.
  func attendAll(_ query: QueryBlock, _ layout: Layout, by attender: ChunkAttender) -> Bool {
    guard !slots.isDense else {
      attender.attendAll(query, layout)
      return true
    }
    if let logits { attender.attendAll(query, layout, into: logits) }
    return false
  }

  /// Scores all chunks for the rows of a block. A ranking that needs keys takes them from
  /// ``attendAll(_:_:by:)``.
  func rank(_ query: QueryBlock, _ layout: Layout, by ranking: Ranking) {
    switch ranking {
    case .topFive, .logMass:
      if let logits { score(query, layout, by: ranking, from: logits, into: &scores) }
    case .sketch:
      guard let sketched else { return }
      attendSketches(query, layout, into: sketched)
      score(query, layout, by: .topFive, from: sketched, into: &scores)
    case .moments, .mean, .quest:
      SummaryEstimates(ranking: ranking, temperature: merge.temperature)
        .estimate(
          query,
          layout,
          context: context,
          summaries: summaries,
          capacity: store.capacity,
          workspaces: workspaces,
          into: &scores
        )
      makeShares(query)
    }
  }

  /// The index of a row's first score.
  private func index(_ head: Int, _ row: Int) -> Int { (head * store.capacity + row) * chunks }

  private func attendSketches(_ query: QueryBlock, _ layout: Layout, into sketched: PartialStore) {
    let run = Self.sketchesAtOnce
    inParallel(threads: workspaces.count, count: (chunks + run - 1) / run * kvHeads) { thread, item in
      let (first, head) = (item / kvHeads * run, item % kvHeads)
      sketches.attend(
        first..<min(first + run, chunks),
        of: summaries,
        query,
        head: head,
        layout: layout,
        bases: context.bases,
        workspace: workspaces[thread]
      ) { sketched.softmax(slot: slots.scoringSlot(chunk: $0, place: $1), head: head) }
    }
  }

  /// Scores from the logits of all chunks, or of their sketches.
  private func score(
    _ query: QueryBlock,
    _ layout: Layout,
    by ranking: Ranking,
    from logits: PartialStore,
    into out: inout [Float]
  ) {
    let isDense = logits === store
    out.withUnsafeMutableBufferPointer { out in
      // Every piece of work writes rows of its own.
      nonisolated(unsafe) let out = out
      let blocks = (query.rows + Self.rowsAtOnce - 1) / Self.rowsAtOnce
      inParallel(threads: workspaces.count, count: kvHeads * blocks) { thread, item in
        guard let base = out.baseAddress else { return }
        let (head, first) = (item / blocks, item % blocks * Self.rowsAtOnce)
        let workspace = workspaces[thread]
        workspace.parts.removeAll(keepingCapacity: true)
        for chunk in 0..<chunks {
          SlotMap.append(chunk, at: layout.chunks[chunk], to: &workspace.parts) { place in
            isDense ? slots.slot(chunk: chunk, rank: 0) : slots.scoringSlot(chunk: chunk, place: place)
          }
        }
        for row in first..<min(first + Self.rowsAtOnce, query.rows) {
          workspace.parts.withUnsafeBufferPointer { parts in
            merge.shares(
              logits,
              head: head,
              row: row,
              chunks: parts,
              local: slots.localMass(store, head: head, row: row),
              ranking: ranking,
              masses: workspace.masses,
              into: base + index(head, row)
            )
          }
        }
      }
    }
  }

  /// Turns estimates of log-masses into logarithms of shares of all attention.
  private func makeShares(_ query: QueryBlock) {
    scores.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for head in 0..<kvHeads {
        for row in 0..<query.rows {
          let row0 = base + index(head, row)
          let total = SegmentMerge.logAdd(
            SegmentMerge.logSumExp(row0, chunks),
            slots.localMass(store, head: head, row: row)
          )
          for chunk in 0..<chunks { row0[chunk] -= total }
        }
      }
    }
  }
}

extension ChunkRanker {
  /// Makes every row choose its best chunks, by the last scores.
  func chooseEach(_ query: QueryBlock, most: Int, into choice: inout ChunkChoice) {
    scores.withUnsafeBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for head in 0..<kvHeads {
        for row in 0..<query.rows {
          choice.select(base + index(head, row), chunks: chunks, most: most, head: head, row: row)
        }
      }
    }
  }

  /// Reduces the last scores over the rows that attend chunks. It turns them from logarithms into shares in
  /// place, so it can run once after each ranking.
  ///
  /// - Parameters:
  ///   - query: The block.
  ///   - reduction: Receives the rows' scores, each as a share of attention.
  ///   - isLocal: True for a row that attends none.
  func reduce(
    _ query: QueryBlock,
    into reduction: inout ScoreReduction,
    unless isLocal: (_ head: Int, _ row: Int) -> Bool
  ) {
    reduction.reset()
    scores.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for head in 0..<kvHeads {
        for row in 0..<query.rows where !isLocal(head, row) {
          let shares = base + index(head, row)
          SegmentMerge.exponentiate(shares, chunks)
          reduction.add(shares)
        }
      }
    }
  }

  /// Compares a choice with that of the exact rule, row by row.
  ///
  /// - Parameters:
  ///   - choice: The choice.
  ///   - query: The block.
  ///   - layout: The places of the chunks.
  ///   - count: The number of chunks that a row chooses.
  ///   - report: Receives for each head the number of chunks that the exact rule chose, and of these that
  ///     were chosen.
  func compare(
    _ choice: ChunkChoice,
    _ query: QueryBlock,
    _ layout: Layout,
    count: Int,
    report: (_ head: Int, _ wanted: Int, _ found: Int) -> Void
  ) {
    guard let logits else { return }
    var exact = [Float](repeating: 0, count: kvHeads * store.capacity * chunks)
    score(query, layout, by: .topFive, from: logits, into: &exact)
    var wanted = ChunkChoice(kvHeads: 1, rows: 1, count: count)
    exact.withUnsafeBufferPointer { exact in
      guard let base = exact.baseAddress else { return }
      for head in 0..<kvHeads {
        var (all, hits) = (0, 0)
        for row in 0..<query.rows {
          wanted.select(base + index(head, row), chunks: chunks, head: 0, row: 0)
          for rank in 0..<wanted.count {
            guard let chunk = wanted.chunk(head: 0, row: 0, rank: rank) else { continue }
            all += 1
            if choice.contains(chunk, head: head, row: row) { hits += 1 }
          }
        }
        report(head, all, hits)
      }
    }
  }
}
