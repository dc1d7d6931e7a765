internal import Threads
internal import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Scores the chunks of a long document for a question as a whole, by their sketches, in the stages of ``ScanStages``.
///
/// Queries are kept while the question goes through the model, and chunks scanned when it is through.
final class ChunkSurvey {
  /// A key and value head of one block of tokens in one layer.
  private struct Head {
    let queries: KeptQueries
    let index: Int
    var rows: Int { queries.block.rows }
  }

  private let stages: ScanStages
  private let context: MergedContext
  private let summaries: [ChunkSummary]
  private let sketches: SketchLogits
  private let workspaces: [QueryWorkspace]
  /// The logits of one head's rows, a slot for each scanned chunk.
  private let store: PartialStore
  private var heads: [Head] = []
  private static let logTopCount = logf(Float(PartialStore.topCount))
  /// The most chunks that are one piece of work.
  private static let chunksAtOnce = 8

  /// Reserves the memory; nil for a reading that scans everything, and for a question too long for its queries to be kept.
  ///
  /// - Parameters:
  ///   - reading: The reading, its numbers of chunks settled.
  ///   - c: The model's configuration.
  ///   - context: The context.
  ///   - summaries: A summary per chunk.
  ///   - workspaces: One per thread.
  ///   - questionTokens: The tokens of the question.
  ///   - rows: The most rows of a key and value head in a block.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init?(
    _ reading: Reading,
    configuration c: ModelConfiguration,
    context: MergedContext,
    summaries: [ChunkSummary],
    workspaces: [QueryWorkspace],
    questionTokens: Int,
    rows: Int
  ) throws(ModelError) {
    let attending = (0..<c.layers).count { !c.isLocal(layer: $0) }
    guard case .focus(let focus) = reading.selection.resolved(for: context.plan.chunks.map(\.count)),
      focus.aim == .sketch, focus.scan == .auto,
      let stages = ScanStages(
        chunks: context.chunks.count,
        heads: attending * c.kvHeads,
        wanted: focus.candidates
      ),
      ClampedSize.product(questionTokens, c.layers, c.qkvWidth, MemoryLayout<Float>.stride)
        <= QueryEngine.partialBytes
    else { return nil }
    self.stages = stages
    self.context = context
    self.summaries = summaries
    self.workspaces = workspaces
    sketches = SketchLogits(temperature: 1)
    store = try PartialStore(
      slots: context.chunks.count,
      kvHeads: 1,
      rows: rows,
      headDimension: c.headDimension,
      withValues: false
    )
  }

  /// Forgets the queries.
  func reset() { heads = [] }

  /// Keeps the queries of a block.
  ///
  /// - Parameters:
  ///   - query: The block.
  ///   - local: The log-mass of sink and tail for a row of a key and value head.
  /// - Throws: `ModelError` when memory cannot be allocated.
  func keep(_ query: QueryBlock, local: (_ head: Int, _ row: Int) -> Float) throws(ModelError) {
    let block = try KeptQueries(query, local: local)
    heads += (0..<query.configuration.kvHeads).map { Head(queries: block, index: $0) }
  }

  /// Scans the chunks at their places in a layout, whose rotations are still those of the kept queries.
  ///
  /// - Parameter layout: The layout, each chunk at one place.
  /// - Returns: Each chunk's score over all rows: for the candidates by all heads, for others by the telling ones. Nil
  ///   where no queries were kept.
  func scores(_ layout: Layout) -> ScoreReduction? {
    guard !heads.isEmpty else { return nil }
    let count = context.chunks.count
    let sampled = heads.map { head in
      let masses = scan(head, stages.sample, layout)
      let places = stages.sample.indices
      return (
        masses: masses, scores: scores(head, places.count, over: masses.sum(places, standingFor: count))
      )
    }
    let telling = stages.telling(sampled.map(\.scores))
    var result = ScoreReduction(chunks: count)
    let all = Array(0..<count)
    for head in telling {
      let masses = scan(heads[head], all, layout)
      result.add(scores(heads[head], count, over: masses.sum(all.indices, standingFor: count)))
    }
    let candidates = result.best(stages.candidates)
    let outside = stages.outside(candidates)
    for head in heads.indices where !telling.contains(head) {
      let masses = scan(heads[head], candidates, layout)
      let scanned = masses.sum(candidates.indices, standingFor: candidates.count)
      let rest = sampled[head].masses.sum(outside, standingFor: count - candidates.count)
      let sums = zip(scanned, rest).map { SegmentMerge.logAdd($0, $1) }
      result.add(scores(heads[head], candidates.count, over: sums), at: candidates)
    }
    return result
  }

  /// Computes the logits of some chunks for a head's rows, each chunk in the slot of its place in the list.
  ///
  /// - Returns: The rows' log-mass of each chunk.
  private func scan(_ head: Head, _ chunks: [Int], _ layout: Layout) -> ChunkMasses {
    var masses = ChunkMasses(chunks: chunks.count, rows: head.rows)
    masses.fill { logs in
      // Every piece of work writes chunks of its own.
      nonisolated(unsafe) let logs = logs
      inPieces(of: chunks.count) { thread, places in
        attend(head, chunks[places], at: places.lowerBound, layout, workspaces[thread])
        for place in places {
          for row in 0..<head.rows {
            logs[place * head.rows + row] = store.logMass(slot: place, head: 0, row: row)
          }
        }
      }
    }
    return masses
  }

  /// Does work for neighbouring places in a list of chunks, on all threads.
  private func inPieces(of count: Int, _ work: (_ thread: Int, _ places: Range<Int>) -> Void) {
    let run = max(1, min(Self.chunksAtOnce, count / (4 * workspaces.count)))
    inParallel(threads: workspaces.count, count: (count + run - 1) / run) { thread, item in
      work(thread, item * run..<min((item + 1) * run, count))
    }
  }

  /// Computes the logits of chunks for a head's rows, in the slots from `first` on.
  private func attend(
    _ head: Head,
    _ chunks: ArraySlice<Int>,
    at first: Int,
    _ layout: Layout,
    _ workspace: QueryWorkspace
  ) {
    var slot = first
    sketches.attend(
      chunks,
      of: summaries,
      head.queries.block,
      head: head.index,
      layout: layout,
      bases: context.bases,
      workspace: workspace
    ) { _, _ in
      defer { slot += 1 }
      return store.softmax(slot: slot, head: 0)
    }
  }

  /// The scores of the scanned chunks for one head.
  ///
  /// - Parameters:
  ///   - head: The head.
  ///   - count: The number of scanned chunks.
  ///   - chunkMass: Each row's log-mass of all chunks together.
  /// - Returns: A score for each place in the list of scanned chunks.
  private func scores(_ head: Head, _ count: Int, over chunkMass: [Float]) -> ScoreReduction {
    let totals = chunkMass.indices.map { row in
      SegmentMerge.logAdd(chunkMass[row], head.queries.local(head: head.index, row: row))
    }
    var scores = ScoreReduction(chunks: count)
    scores.addTogether { add in
      // Every piece of work adds to chunks of its own.
      nonisolated(unsafe) let add = add
      inPieces(of: count) { _, places in
        for place in places {
          let highest = store.softmax(slot: place, head: 0).maximum
          var floor = -Float.infinity
          for row in 0..<head.rows where highest[row] - totals[row] > floor {
            add(store.topMass(slot: place, head: 0, row: row, over: totals[row]), to: place)
            // Five weights are at most five times the largest.
            floor = logf(add.least(of: place)) - Self.logTopCount
          }
        }
      }
    }
    return scores
  }
}
