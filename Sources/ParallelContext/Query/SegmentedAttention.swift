internal import KVFormat
package import Transformer

/// Attention of a query's tokens over sink, chunks and tail, by partials: the query stage's side of the
/// decoder.
///
/// For every segment the query is rotated to where the placement puts the segment; keys are never touched.
/// A layer's block goes through four steps: what is always attended, the choice of chunks, the chosen chunks,
/// the merge.
package final class SegmentedAttention: AttentionOperator {
  let context: MergedContext
  let tail: KVCache
  private(set) var positions: Placement.Positions
  /// Where chunks are offered a second time; nil for nowhere.
  private(set) var second: Int?
  let policy: AttentionPolicy
  let configuration: ModelConfiguration
  private let activations: ElementType
  let workspaces: [QueryWorkspace]
  let slots: SlotMap
  let store: PartialStore
  /// The logits of all chunks, where a choice needs them and their values are not wanted.
  let scoring: PartialStore?
  /// The same for the chunks' sketches.
  let sketched: PartialStore?
  let merge: SegmentMerge
  let kernel: AttentionKernel
  let rotations: ShiftedRotations
  let summaries: [ChunkSummary]
  let groups: GroupedChunks?
  /// `[kvHead][row][chunk]`: what chunks are ranked by, and estimates of their log-mass.
  var scores: [Float]
  var estimates: [Float]
  var choice: ChunkChoice
  var reduction: ScoreReduction
  var picks: [[ChunkPick]]
  private var tallies: [QueryStatistics.Layer]
  /// Tokens of the tail before the current run.
  private var start = 0
  /// Tokens of the current run.
  private(set) var runTokens = 0
  /// The choice of a two-pass selection, made after its first pass.
  var fixed: [Int]?
  /// Whether a first pass has shown that the question points at a few chunks.
  private var isFocused = false
  /// Scores of the first pass.
  var gathered: ScoreReduction?
  /// Looks for the passages that the question points at, in a pass of its own.
  var finder: PassageFinder?
  /// What is attended of chunks that are not attended whole.
  private(set) var ranges: [Int: Range<Int>] = [:]
  /// The layers that look at chunks, found by a first pass; nil for all.
  private var globalLayers: Set<Int>?
  /// Whether a first pass has to be run before the answer's.
  package private(set) var needsFirstPass: Bool
  /// Whether the choice is compared with that of the exact rule, which costs as much as the exact rule.
  let comparesWithExact: Bool

  /// Prepares the attention of one query.
  ///
  /// - Parameters:
  ///   - c: The model's numbers.
  ///   - activations: The type in which attended values are wanted.
  ///   - context: The context.
  ///   - tail: Where the keys and values of question and answer go.
  ///   - positions: Where chunks and tail appear to stand.
  ///   - policy: Which chunks are attended, and how.
  ///   - blockRows: The most tokens of a block.
  ///   - threads: How many threads take part.
  ///   - comparesWithExact: Whether the statistics shall hold the choice against that of the exact rule.
  /// - Throws: ``ModelError`` when memory cannot be had.
  package init(
    configuration c: ModelConfiguration,
    activations: ElementType,
    context: MergedContext,
    tail: KVCache,
    positions: Placement.Positions,
    policy: AttentionPolicy,
    blockRows: Int,
    threads: Int,
    comparesWithExact: Bool = false
  ) throws(ModelError) {
    let chunks = context.chunks.count
    configuration = c
    self.activations = activations
    self.context = context
    self.tail = tail
    self.positions = positions
    self.policy = policy
    let slots = SlotMap(context: context, policy: policy)
    self.slots = slots
    let lengths = context.chunks.map(\.shape.tokens)
    second =
      slots.views > 1 ? policy.view.map { positions.second(gap: $0, longest: lengths.max() ?? 0) } : nil
    let rows = blockRows * c.group
    let needsKeys = slots.needsKeys || comparesWithExact
    store = try PartialStore(
      slots: slots.count,
      kvHeads: c.kvHeads,
      rows: rows,
      headDimension: c.headDimension,
      withTop: slots.isDense && needsKeys
    )
    scoring =
      needsKeys && !slots.isDense
      ? try PartialStore(
        slots: chunks * slots.views,
        kvHeads: c.kvHeads,
        rows: rows,
        headDimension: c.headDimension,
        withValues: false
      ) : nil
    sketched =
      slots.needsSketches
      ? try PartialStore(
        slots: chunks * slots.views,
        kvHeads: c.kvHeads,
        rows: rows,
        headDimension: c.headDimension,
        withValues: false
      ) : nil
    let longest = max(rows, lengths.max() ?? 1)
    var workspaces: [QueryWorkspace] = []
    for _ in 0..<max(1, threads) {
      workspaces.append(
        try QueryWorkspace(
          c,
          tokens: blockRows,
          views: slots.views,
          segments: max(slots.count, chunks * slots.views) + 3,
          chunkTokens: longest
        )
      )
    }
    self.workspaces = workspaces
    summaries =
      policy.summaries == .none
      ? [] : try context.summaries(policy.summaries, pairing: c.rope.pairing, threads: threads)
    if case .groups(let size, let weighting) = policy.residue {
      groups = try GroupedChunks(context, size: size, weighting: weighting, layers: c.layers)
    } else {
      groups = nil
    }
    merge = SegmentMerge(
      temperature: Float(policy.temperature),
      scale: Float(policy.scale),
      damping: Float(policy.damping)
    )
    kernel = AttentionKernel(activations: activations, cache: tail.shape.type)
    rotations = ShiftedRotations(c.rope)
    scores = Array(repeating: 0, count: slots.selects ? c.kvHeads * rows * chunks : 0)
    let needsEstimates = if case .adaptive = policy.heads { true } else { false }
    estimates = Array(repeating: 0, count: needsEstimates ? c.kvHeads * rows * chunks : 0)
    choice = ChunkChoice(kvHeads: c.kvHeads, rows: rows, count: slots.chosen)
    reduction = ScoreReduction(chunks: chunks)
    picks = Array(repeating: [], count: c.kvHeads)
    tallies = Array(repeating: QueryStatistics.Layer(chunks: chunks), count: c.layers * c.kvHeads)
    let isForWholeQuestion = slots.selects && policy.selection.rule?.isForWholeQuestion == true
    let findsLayers = if case .top = policy.layers { true } else { false }
    needsFirstPass = isForWholeQuestion || findsLayers
    self.comparesWithExact = comparesWithExact
    guard isForWholeQuestion, let rule = policy.selection.rule else { return }
    if rule.aims, rule.candidateCount >= chunks {
      try look(into: Array(context.chunks.indices))
    } else {
      gathered = ScoreReduction(chunks: chunks)
    }
  }

  /// What was seen so far.
  package var statistics: QueryStatistics {
    let c = configuration
    var result = QueryStatistics(layers: c.layers, chunks: context.chunks.count)
    for (index, tally) in tallies.enumerated() { result.add(tally, layer: index / c.kvHeads) }
    result.passages = ranges
    return result
  }

  /// By what chunks are ranked now.
  var ranking: Selection.Measure? { policy.selection.rule?.ranking(isFirstPass: gathered != nil) }

  /// Announces a run of `tokens` tokens that begin after `start` tokens of the tail.
  package func begin(start: Int, tokens: Int) {
    (self.start, runTokens) = (start, tokens)
    rotations.begin(position: positions.tail + start, count: tokens)
    rotations.prepare(0)
    for chunk in context.chunks.indices {
      for view in 0..<slots.views { rotations.prepare(shift(chunk, view: view)) }
    }
    for window in slots.windows { rotations.prepare(shift(window)) }
  }

  /// Ends a pass over the question that the policy needs before the answer's: from here on its choices hold. Another may
  /// be needed, which looks into the chunks that the first one has found.
  ///
  /// - Throws: ``ModelError`` when memory cannot be had.
  package func settle() throws(ModelError) {
    if let finder { end(finder) } else if let gathered { try end(gathered) }
    if case .top(let count, _) = policy.layers, globalLayers == nil {
      let shares = statistics.layers.map(\.contextShare)
      let ranked = shares.indices.sorted { shares[$0] == shares[$1] ? $0 < $1 : shares[$0] > shares[$1] }
      globalLayers = Set(ranked.prefix(count))
    }
    needsFirstPass = finder != nil
    groups?.reset()
    tallies = Array(
      repeating: QueryStatistics.Layer(chunks: context.chunks.count),
      count: tallies.count
    )
  }

  /// Ends the pass that ranks all chunks.
  private func end(_ ranking: ScoreReduction) throws(ModelError) {
    gathered = nil
    guard let rule = policy.selection.rule else { return }
    guard rule.aims else {
      fixed = ranking.best(rule.count)
      return
    }
    try look(into: ranking.best(rule.candidateCount, always: lastChunk))
  }

  /// Has the next pass look into some chunks, which all rows attend in it.
  private func look(into chunks: [Int]) throws(ModelError) {
    fixed = chunks
    finder = try PassageFinder(
      chunks.map { ($0, range(of: $0).count) },
      kvHeads: configuration.kvHeads,
      rows: store.capacity,
      headDimension: configuration.headDimension
    )
  }

  /// Ends the pass that looks into chunks.
  private func end(_ finder: PassageFinder) {
    self.finder = nil
    guard let rule = policy.selection.rule else { return }
    guard let focus = finder.focus(most: rule.focusCount) else {
      fixed = rule.reduction == .focus ? nil : finder.best(rule.count, always: lastChunk)
      return
    }
    (fixed, isFocused) = (focus, true)
    if let passage = rule.passage { ranges = finder.passages(of: passage, in: focus) }
    stand(focus)
  }

  /// The end of the document, which text that goes on needs most. A ranking that gives near and far chunks the same
  /// chance does not know that.
  private var lastChunk: Int { context.chunks.count - 1 }

  /// What is attended of a chunk.
  func range(of chunk: Int) -> Range<Int> { ranges[chunk] ?? 0..<context.chunks[chunk].shape.tokens }

  /// Puts the chunks that a question points at right behind the sink, and the tail right behind these, as if
  /// the document had nothing else: a fact is repeated best from as near as it was read.
  private func stand(_ chosen: [Int]) {
    guard policy.placement != .packed else { return }
    let sink = context.plan.positionBase
    positions = Placement.Positions(
      chunks: positions.chunks.indices.map { sink - range(of: $0).lowerBound },
      isFar: positions.isFar.map { _ in false },
      tail: sink + (chosen.map { range(of: $0).count }.max() ?? 0)
    )
    if second != nil { second = sink }
  }

  /// How far a chunk is moved from where it was encoded.
  func shift(_ chunk: Int, view: Int = 0) -> Int { position(chunk, view: view) - context.bases[chunk] }

  /// Where a chunk's first token appears to stand.
  func position(_ chunk: Int, view: Int) -> Int {
    if view > 0, let second { return second - range(of: chunk).lowerBound }
    return positions.chunks[chunk]
  }

  /// How far the chunk of a local layer's window is moved. Packed chunks have no place before they are chosen;
  /// a window then stands right before the tail.
  func shift(_ window: SlotMap.Window) -> Int {
    guard policy.placement == .packed else { return shift(window.chunk) }
    return positions.tail - window.reach - context.bases[window.chunk]
  }

  /// Whether all rows attend all chunks before any are chosen.
  var attendsAllFirst: Bool { slots.isDense && (fixed == nil || policy.heads.needsKeys) }

  private func isLocal(_ layer: Int) -> Bool {
    switch policy.layers {
    case .all: false
    case .every(let group, _): layer % group != 0
    case .top: globalLayers.map { !$0.contains(layer) } ?? false
    }
  }

  package func attend(_ block: AttentionBlock) throws(ModelError) {
    let c = configuration
    let first = start + block.firstRow
    guard let table = rotations[0], first + block.rows <= tail.shape.tokens,
      block.rows * c.group <= store.capacity
    else {
      throw ModelError(
        .badInput,
        "question and answer exceed the \(tail.shape.tokens) tokens reserved for them"
      )
    }
    tail.store(block, at: first, table: table, tableRow: block.firstRow, configuration: c)
    guard let out = block.out else { return }
    let query = QueryBlock(
      block: block,
      first: first,
      configuration: c,
      rotations: rotations,
      kernel: kernel
    )
    let local = isLocal(block.layer)
    attendAlways(query, isLocal: local)
    if local {
      for head in 0..<c.kvHeads {
        for row in 0..<query.rows { choice.clear(head: head, row: row) }
      }
    } else {
      choose(query)
      attendChosen(query)
      attendResidue(query)
      look(query)
    }
    finish(query, isLocal: local, out: out)
  }

  /// Merges every row and writes it in the type of activations.
  private func finish(_ query: QueryBlock, isLocal: Bool, out: UnsafeMutableRawPointer) {
    let c = configuration
    let first = query.block.layer * c.kvHeads
    tallies.withUnsafeMutableBufferPointer { tallies in
      nonisolated(unsafe) let tallies = tallies
      inParallel(threads: workspaces.count, count: c.kvHeads) { thread, head in
        let workspace = workspaces[thread]
        let state = workspace.attention
        for row in 0..<query.rows {
          parts(head: head, row: row, isLocal: isLocal, into: &workspace.parts)
          let entropy = workspace.parts.withUnsafeBufferPointer { parts in
            merge.merge(
              store,
              head: head,
              row: row,
              parts: parts,
              weights: workspace.masses,
              into: state.output + row * c.headDimension
            )
          }
          tally(&tallies[first + head], workspace, entropy: entropy, isLocal: isLocal)
          state.softmax.sum[row] = 1
        }
        state.finish(
          rows: query.rows,
          head: head,
          into: out,
          activations: activations,
          configuration: c
        )
      }
    }
  }

  /// The segments in a row's softmax.
  private func parts(head: Int, row: Int, isLocal: Bool, into parts: inout [MergePart]) {
    parts.removeAll(keepingCapacity: true)
    for slot in slots.always { parts.append(MergePart(slot: slot)) }
    if isLocal {
      for window in slots.windows { parts.append(MergePart(slot: window.slot, isContext: true)) }
      return
    }
    for rank in 0..<choice.count {
      guard let chunk = choice.chunk(head: head, row: row, rank: rank) else { continue }
      appendParts(of: chunk, to: &parts) { slots.slot(chunk: chunk, rank: rank, view: $0) }
    }
    if let slot = slots.residue { parts.append(MergePart(slot: slot, isContext: true)) }
  }

  /// Adds a chunk at each of its places, the slot of which is given.
  func appendParts(of chunk: Int, to parts: inout [MergePart], slot: (_ view: Int) -> Int) {
    for view in views(of: chunk) {
      parts.append(
        MergePart(
          slot: slot(view),
          chunk: chunk,
          isFar: !seesSecondAlone && (view > 0 || positions.isFar[chunk]),
          isAlternative: view > 0 && !seesSecondAlone
        )
      )
    }
  }

  /// The places of a chunk that are looked at now.
  func views(of chunk: Int) -> Range<Int> {
    if seesSecondAlone { return 1..<2 }
    return 0..<(slots.views > 1 && position(chunk, view: 1) != position(chunk, view: 0) ? 2 : 1)
  }

  /// Whether chunks are looked at at their second place alone: while a question's aim is looked for, which gives
  /// near and far ones the same chance, and once it is found.
  var seesSecondAlone: Bool {
    slots.views > 1 && (gathered != nil || finder != nil || isFocused)
  }

  private func tally(
    _ tally: inout QueryStatistics.Layer,
    _ workspace: QueryWorkspace,
    entropy: Float,
    isLocal: Bool
  ) {
    var attendsChunk = false
    for (index, part) in workspace.parts.enumerated() {
      let weight = workspace.masses[index]
      if let chunk = part.chunk {
        attendsChunk = true
        tally.addMass(weight, to: .chunk(chunk), isFirst: !part.isAlternative)
      } else if part.slot == slots.tail {
        tally.addMass(weight, to: .tail)
      } else {
        tally.addMass(weight, to: part.slot == slots.sink ? .sink : .rest)
      }
    }
    tally.addRow(entropy: entropy, isLocal: !isLocal && !attendsChunk && policy.heads != .all)
  }

  /// Counts how rows of a layer chose in comparison with the exact rule.
  func compare(layer: Int, head: Int, wanted: Int, found: Int) {
    tallies[layer * configuration.kvHeads + head].addComparison(wanted: wanted, found: found)
  }
}
