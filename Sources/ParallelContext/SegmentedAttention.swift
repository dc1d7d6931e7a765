internal import Dispatch
internal import Synchronization
package import Transformer

/// Attention of a query's tokens over sink, chunks and tail, by partials: the query stage's side of the decoder.
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
  ///   - blockRows: The most tokens of a block.
  ///   - threads: Working memory, one per thread that shall take part.
  package init(
    model: Model, context: MergedContext, tail: KVCache, positions: Placement.Positions, policy: AttentionPolicy,
    blockRows: Int, threads: [AttentionState]
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
      segments: segments, kvHeads: c.kvHeads, rows: blockRows * c.group, headDimension: c.headDimension)
    merge = SegmentMerge(
      store: store, chunks: first..<first + context.chunks.count, temperature: Float(policy.temperature),
      scale: Float(policy.scale))
    kernel = AttentionKernel(compute: model.compute, cache: tail.shape.type)
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
        model.configuration.rope, first: positions.tail + start - shift, count: tokens)
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
    guard let table = tables[0], first + block.rows <= tail.shape.tokens, block.rows * c.group <= store.capacity else {
      throw ModelError(.badInput, "question and answer exceed the \(tail.shape.tokens) tokens reserved for them")
    }
    tail.store(block, at: first, table: table, tableRow: block.firstRow, configuration: c)
    guard let out = block.out else { return }
    attendSegments(block, first: first)
    let rows = block.rows * c.group
    let scored = scores(rows: rows)
    finish(block, rows: rows, choice: scored, out: out)
  }

  /// Fills the partials of every segment and head, shared among the threads.
  private func attendSegments(_ block: AttentionBlock, first: Int) {
    let c = model.configuration
    let rows = block.rows * c.group
    let last = store.segments - 1
    // Read-only for the threads below, each of which writes partials of its own and uses working memory of its own.
    nonisolated(unsafe) let shared = (attention: self, qkv: block.qkv)
    let items = Atomic(0)
    let total = store.segments * c.kvHeads
    let layer = block.layer
    let firstRow = block.firstRow
    let tokens = block.rows
    let work: @Sendable (Int) -> Void = { thread in
      let me = shared.attention
      let state = me.threads[thread]
      while true {
        let item = items.add(1, ordering: .relaxed).oldValue
        guard item < total else { return }
        let (index, head) = (item / c.kvHeads, item % c.kvHeads)
        let (cache, shift) = me.segment(index)
        let softmax = me.store.softmax(segment: index, head: head)
        softmax.reset(rows: rows, headDimension: c.headDimension)
        guard let table = me.tables[shift] else { return }
        me.kernel.rotateQueries(
          shared.qkv, head: head, tokens: tokens, table: table, tableRow: firstRow, configuration: c,
          temperature: me.merge.chunks.contains(index) ? me.merge.temperature : 1, out: state.queries)
        let isTail = index == last
        state.attend(
          cache, layer: layer, head: head, rows: rows, keys: isTail ? first + tokens : cache.shape.tokens,
          visible: isTail ? first + 1 : nil, kernel: me.kernel, into: softmax)
      }
    }
    if threads.count == 1 {
      work(0)
    } else {
      DispatchQueue.concurrentPerform(iterations: threads.count, execute: work)
    }
  }

  /// The one choice for all rows of the block, or nil when every row chooses for itself or nothing is selected.
  private func scores(rows: Int) -> [Bool]? {
    if let fixed { return fixed }
    guard case .exact(let count, let reduction) = policy.selection, reduction != .none else { return nil }
    var reduced = ScoreReduction(chunks: context.chunks.count)
    for head in 0..<store.kvHeads {
      for row in 0..<rows { reduced.add(merge.chunkScores(head: head, row: row)) }
    }
    if gathered != nil {
      gathered?.add(reduced)
      return nil
    }
    return merge.attended(count: count, scores: reduced.scores)
  }

  /// Merges every row and writes it in the compute type.
  private func finish(_ block: AttentionBlock, rows: Int, choice: [Bool]?, out: UnsafeMutableRawPointer) {
    let c = model.configuration
    var own: Int?
    if case .exact(let count, .none) = policy.selection, count < context.chunks.count { own = count }
    let state = threads[0].softmax
    for head in 0..<c.kvHeads {
      for row in 0..<rows {
        var attended = choice
        if let own { attended = merge.attended(count: own, scores: merge.chunkScores(head: head, row: row)) }
        let entropy = merge.merge(
          head: head, row: row, attended: attended, into: state.output + row * c.headDimension)
        statistics.add(entropy: entropy, attended: attended.map { $0[merge.chunks] })
        state.sum[row] = 1
      }
      threads[0].finish(rows: rows, head: head, into: out, compute: model.compute, configuration: c)
    }
  }
}

/// What a query's attention looked like, gathered over layers, heads and tokens.
public struct QueryStatistics: Sendable, Hashable {
  private var entropySum = 0.0
  private var rows = 0
  /// How often each chunk was attended, of ``rowCount`` times.
  public private(set) var chunkUses: [Int]

  package init(chunks: Int) { chunkUses = Array(repeating: 0, count: chunks) }

  package mutating func add(entropy: Float, attended: ArraySlice<Bool>?) {
    entropySum += Double(entropy)
    rows += 1
    guard let attended else {
      for chunk in chunkUses.indices { chunkUses[chunk] += 1 }
      return
    }
    for (chunk, isUsed) in attended.enumerated() where isUsed { chunkUses[chunk] += 1 }
  }

  /// How many rows were merged.
  public var rowCount: Int { rows }
  /// The mean entropy of attention after selection, in nats.
  public var meanEntropy: Double { rows == 0 ? 0 : entropySum / Double(rows) }
}
