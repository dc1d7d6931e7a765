internal import Dispatch
internal import Synchronization
package import Transformer

/// Attention of a query's tokens over sink, chunks and tail, by partials: the query stage's side of the
/// decoder.
///
/// For every segment the query is rotated to where the placement puts the segment; keys are never touched.
package final class SegmentedAttention: AttentionOperator {
  private let context: MergedContext
  private let tail: KVCache
  private let positions: Placement.Positions
  private let policy: AttentionPolicy
  private let model: Model
  private let threads: [AttentionState]
  private let store: PartialStore
  private let merge: SegmentMerge
  private let kernel: AttentionKernel
  private var tables: [Int: RotaryTable] = [:]
  /// Tokens of the tail before the current run.
  private var start = 0
  /// The choice of a two-pass selection, made after its first pass.
  private var fixed: [Bool]?
  private var gathered: ScoreReduction?
  /// What was seen so far.
  package private(set) var statistics: QueryStatistics

  /// Prepares the attention of one query.
  ///
  /// - Parameters:
  ///   - model: The weights.
  ///   - context: The context.
  ///   - tail: Where the keys and values of question and answer go.
  ///   - positions: Where chunks and tail appear to stand.
  ///   - policy: Which chunks are attended, and how.
  ///   - blockRows: The most tokens of a block.
  ///   - threads: Working memory, one per thread that shall take part.
  /// - Throws: ``ModelError`` when memory cannot be had.
  package init(
    model: Model,
    context: MergedContext,
    tail: KVCache,
    positions: Placement.Positions,
    policy: AttentionPolicy,
    blockRows: Int,
    threads: [AttentionState]
  ) throws(ModelError) {
    let c = model.configuration
    self.model = model
    self.context = context
    self.tail = tail
    self.positions = positions
    self.policy = policy
    self.threads = threads
    let first = context.sink == nil ? 0 : 1
    let segments = first + context.chunks.count + 1
    store = try PartialStore(
      segments: segments,
      kvHeads: c.kvHeads,
      rows: blockRows * c.group,
      headDimension: c.headDimension
    )
    merge = SegmentMerge(
      store: store,
      chunks: first..<first + context.chunks.count,
      temperature: Float(policy.temperature),
      scale: Float(policy.scale),
      damping: Float(policy.damping),
      isFar: positions.isFar
    )
    kernel = AttentionKernel(activations: model.compute.activations, cache: tail.shape.type)
    statistics = QueryStatistics(chunks: context.chunks.count)
    if case .exact(_, .twoPass) = policy.selection { gathered = ScoreReduction(chunks: context.chunks.count) }
  }

  /// Announces a run of `tokens` tokens that begin after `start` tokens of the tail.
  package func begin(start: Int, tokens: Int) {
    self.start = start
    tables.removeAll(keepingCapacity: true)
    let shifts = Set(positions.chunks.map { $0 - context.plan.positionBase }).union([0])
    for shift in shifts {
      tables[shift] = RotaryTable(
        model.configuration.rope,
        first: positions.tail + start - shift,
        count: tokens
      )
    }
  }

  /// Ends the first pass of a two-pass selection: from here on its choice holds.
  package func settle() {
    guard case .exact(let count, .twoPass) = policy.selection, let gathered else { return }
    fixed = merge.attended(count: count, scores: gathered.scores)
    self.gathered = nil
    statistics = QueryStatistics(chunks: context.chunks.count)
  }

  /// Whether a first pass has to be run before the answer's.
  package var needsFirstPass: Bool { gathered != nil }

  /// The tokens of a segment, its cache and how far the query is moved for it.
  private func segment(_ index: Int) -> (cache: KVCache, shift: Int) {
    let chunk = index - merge.chunks.lowerBound
    if chunk < 0, let sink = context.sink { return (sink, 0) }
    if chunk >= context.chunks.count { return (tail, 0) }
    return (context.chunks[chunk], positions.chunks[chunk] - context.plan.positionBase)
  }

  package func attend(_ block: AttentionBlock) throws(ModelError) {
    let c = model.configuration
    let first = start + block.firstRow
    guard let table = tables[0], first + block.rows <= tail.shape.tokens,
      block.rows * c.group <= store.capacity
    else {
      throw ModelError(
        .badInput,
        "question and answer exceed the \(tail.shape.tokens) tokens reserved for them"
      )
    }
    tail.store(block, at: first, table: table, tableRow: block.firstRow, configuration: c)
    guard let out = block.out else { return }
    let rows = block.rows * c.group
    let everything = merge.chunks.flatMap { segment in (0..<c.kvHeads).map { (segment, $0) } }
    let always = (0..<store.segments).filter { !merge.chunks.contains($0) }
      .flatMap { segment in (0..<c.kvHeads).map { (segment, $0) } }
    // The choice needs the logits of all chunks, but the values of the chosen ones alone. Reading the keys of
    // those twice pays as long as they are few.
    let needsLogits = fixed == nil && selects
    let isSparse =
      fixed != nil || (selects && gathered == nil && mostChosen(rows: rows) * 2 <= context.chunks.count)
    attendItems(always, block, first: first, withValues: true)
    if !isSparse {
      attendItems(everything, block, first: first, withValues: true)
    } else if needsLogits {
      attendItems(everything, block, first: first, withValues: false)
    }
    let choice = choose(rows: rows)
    if isSparse { attendItems(choice.chosen(everything, rows: rows), block, first: first, withValues: true) }
    finish(rows: rows, choice: choice, out: out)
  }

  /// Whether some chunks are dropped.
  private var selects: Bool {
    if case .exact(let count, _) = policy.selection { return count < context.chunks.count }
    return false
  }

  /// The most chunks that rows of one head can choose together.
  private func mostChosen(rows: Int) -> Int {
    guard case .exact(let count, let reduction) = policy.selection else { return context.chunks.count }
    return min(context.chunks.count, reduction == .none ? count * rows : count)
  }

  /// Attends segments, each by one head at a time, shared among the threads.
  private func attendItems(
    _ items: [(segment: Int, head: Int)],
    _ block: AttentionBlock,
    first: Int,
    withValues: Bool
  ) {
    let c = model.configuration
    let rows = block.rows * c.group
    parallel(items.count) { thread, item in
      let (index, head) = items[item]
      let state = threads[thread]
      let (cache, shift) = segment(index)
      let softmax = store.softmax(segment: index, head: head, withValues: withValues)
      softmax.reset(rows: rows, headDimension: c.headDimension)
      guard let table = tables[shift] else { return }
      kernel.rotateQueries(
        block.qkv,
        head: head,
        tokens: block.rows,
        table: table,
        tableRow: block.firstRow,
        configuration: c,
        temperature: merge.chunks.contains(index) ? merge.temperature : 1,
        out: state.queries
      )
      let isTail = index == store.segments - 1
      state.attend(
        cache,
        layer: block.layer,
        head: head,
        rows: rows,
        keys: isTail ? first + block.rows : cache.shape.tokens,
        visible: isTail ? first + 1 : nil,
        kernel: kernel,
        into: softmax
      )
    }
  }

  /// Runs pieces of work on all threads; each piece gets the number of its thread.
  private func parallel(_ count: Int, _ work: (_ thread: Int, _ item: Int) -> Void) {
    guard threads.count > 1, count > 1 else {
      for item in 0..<count { work(0, item) }
      return
    }
    let next = Atomic(0)
    withoutActuallyEscaping(work) { work in
      // The threads share this object read-only; each writes partials and working memory of its own.
      nonisolated(unsafe) let work = work
      DispatchQueue.concurrentPerform(iterations: min(threads.count, count)) { thread in
        while true {
          let item = next.add(1, ordering: .relaxed).oldValue
          guard item < count else { return }
          work(thread, item)
        }
      }
    }
  }

  /// Which segments are attended: by everyone alike, or by each row of each head for itself; nil for all.
  private enum Choice {
    case all
    case shared([Bool])
    case own([[Bool]])

    func attended(head: Int, row: Int, rows: Int) -> [Bool]? {
      switch self {
      case .all: nil
      case .shared(let attended): attended
      case .own(let attended): attended[head * rows + row]
      }
    }

    /// Those of some segments and heads that any row has chosen.
    func chosen(_ items: [(segment: Int, head: Int)], rows: Int) -> [(segment: Int, head: Int)] {
      items.filter { segment, head in
        switch self {
        case .all: true
        case .shared(let attended): attended[segment]
        case .own(let attended): (0..<rows).contains { attended[head * rows + $0][segment] }
        }
      }
    }
  }

  private func choose(rows: Int) -> Choice {
    if let fixed { return .shared(fixed) }
    guard selects, case .exact(let count, let reduction) = policy.selection else { return .all }
    var scores = [[Float]](repeating: [], count: store.kvHeads * rows)
    scores.withUnsafeMutableBufferPointer { scores in
      nonisolated(unsafe) let scores = scores
      parallel(scores.count) { _, item in
        scores[item] = merge.chunkScores(head: item / rows, row: item % rows)
      }
    }
    if reduction == .none { return .own(scores.map { merge.attended(count: count, scores: $0) }) }
    var reduced = ScoreReduction(chunks: context.chunks.count)
    for score in scores { reduced.add(score) }
    if gathered != nil {
      gathered?.add(reduced)
      return .all
    }
    return .shared(merge.attended(count: count, scores: reduced.scores))
  }

  /// Merges every row and writes it in the type of activations.
  private func finish(rows: Int, choice: Choice, out: UnsafeMutableRawPointer) {
    let c = model.configuration
    var found = [QueryStatistics](repeating: QueryStatistics(chunks: context.chunks.count), count: c.kvHeads)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      parallel(c.kvHeads) { thread, head in
        let state = threads[thread]
        for row in 0..<rows {
          let attended = choice.attended(head: head, row: row, rows: rows)
          let entropy = merge.merge(
            head: head,
            row: row,
            attended: attended,
            into: state.output + row * c.headDimension
          )
          found[head].add(entropy: entropy, attended: attended.map { $0[merge.chunks] })
          state.softmax.sum[row] = 1
        }
        state.finish(
          rows: rows,
          head: head,
          into: out,
          activations: model.compute.activations,
          configuration: c
        )
      }
    }
    for statistics in found { self.statistics.add(statistics) }
  }
}
