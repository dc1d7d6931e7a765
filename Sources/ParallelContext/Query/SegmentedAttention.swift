internal import KVFormat
internal import Threads
package import Transformer

/// Attention of a query's tokens over sink, chunks and tail, by partials.
///
/// For every segment the query is rotated to where the layout puts the segment; keys are never changed. A
/// block goes through a layer in four steps:
///
/// 1. Store its keys and values in the tail.
/// 2. Attend sink and tail, and in a local layer the document's last tokens.
/// 3. In every other layer, rank chunks, choose and attend them.
/// 4. Merge the partials.
///
/// The passes over a question differ in their ``PassPlan`` alone.
package final class SegmentedAttention: AttentionOperator {
  /// The findings that a pass gathers for the next one.
  private enum Gathered {
    case nothing
    case chunks(ScoreReduction)
    case pages(PageScores)
  }

  private let configuration: ModelConfiguration
  private let context: MergedContext
  private let tail: KVCache
  private let reading: Reading
  private let comparesWithExact: Bool
  private let workspaces: [QueryWorkspace]
  private let slots: SlotMap
  private let store: PartialStore
  let kernel: SegmentKernel
  private var rotations: ShiftedRotations
  private let ranker: ChunkRanker
  /// Scores chunks for the question as a whole where a full scan is not worth its time.
  private let survey: ChunkSurvey?
  let attender: ChunkAttender
  private let merger: RowMerger
  private let summaries: [ChunkSummary]
  private let localHeads: LocalHeads?
  private let groups: GroupedChunks?
  private let everyChunk: [Int]
  private var choice: ChunkChoice
  /// A block's scores, reduced over its rows.
  private var reduction: ScoreReduction
  private var plan: PassPlan
  private var gathered = Gathered.nothing
  /// Tokens of the tail before the current run.
  private var start = 0
  /// Tokens of the current run.
  private var runTokens = 0
  /// The most tokens of the current run that are attended together.
  private var together = Int.max

  /// Prepares the attention of one query.
  ///
  /// - Parameters:
  ///   - c: The model's configuration.
  ///   - activations: The type of the attended values.
  ///   - context: The context.
  ///   - tail: Receives the keys and values of question and answer.
  ///   - reading: The reading half of the method.
  ///   - plan: The first pass.
  ///   - questionTokens: The tokens of the question.
  ///   - blockRows: The most tokens of a block.
  ///   - threads: The number of threads that take part.
  ///   - comparesWithExact: True to compare the choice with that of the exact rule, for the statistics; this
  ///     costs as much as the exact rule.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package init(
    configuration c: ModelConfiguration,
    activations: ElementType,
    context: MergedContext,
    tail: KVCache,
    reading: Reading,
    plan: PassPlan,
    questionTokens: Int,
    blockRows: Int,
    threads: Int,
    comparesWithExact: Bool = false
  ) throws(ModelError) {
    let chunks = context.chunks.count
    let slots = SlotMap(context: context, reading: reading, configuration: c)
    let rows = blockRows * c.group
    let needsKeys = slots.needsKeys || comparesWithExact
    let attention = AttentionKernel(activations: activations, cache: tail.shape.type)
    configuration = c
    self.context = context
    self.tail = tail
    self.reading = reading
    self.slots = slots
    self.comparesWithExact = comparesWithExact && slots.selects
    everyChunk = Array(context.chunks.indices)
    store = try PartialStore(
      slots: slots.count,
      kvHeads: c.kvHeads,
      rows: rows,
      headDimension: c.headDimension,
      // Only a store with a slot for every chunk is also ranked from.
      withTop: slots.isDense && needsKeys
    )
    // The same scratch holds a value per token of a chunk or per row of a block.
    let longest = max(rows, context.chunks.map(\.shape.tokens).max() ?? 1)
    var workspaces: [QueryWorkspace] = []
    for _ in 0..<max(1, threads) {
      workspaces.append(
        try QueryWorkspace(
          c,
          tokens: blockRows,
          places: slots.places,
          segments: max(slots.count, chunks * slots.places) + 3,
          chunkTokens: longest
        )
      )
    }
    self.workspaces = workspaces
    let content = reading.summaries
    summaries =
      content == .none ? [] : try context.summaries(content, pairing: c.rope.pairing, threads: threads)
    let merge = SegmentMerge(
      temperature: Float(reading.temperature),
      scale: Float(reading.scale),
      damping: Float(reading.damping)
    )
    kernel = SegmentKernel(kernel: attention, temperature: merge.temperature)
    rotations = ShiftedRotations(c)
    ranker = try ChunkRanker(
      context: context,
      slots: slots,
      store: store,
      summaries: summaries,
      merge: merge,
      workspaces: workspaces,
      comparesWithExact: comparesWithExact
    )
    survey = try ChunkSurvey(
      reading,
      configuration: c,
      context: context,
      summaries: summaries,
      workspaces: workspaces,
      questionTokens: questionTokens,
      rows: rows
    )
    attender = ChunkAttender(
      context: context,
      slots: slots,
      store: store,
      kernel: kernel,
      workspaces: workspaces,
      kvHeads: c.kvHeads
    )
    merger = RowMerger(
      configuration: c,
      activations: activations,
      chunks: chunks,
      slots: slots,
      store: store,
      merge: merge,
      reading: reading
    )
    switch reading.residue {
    case .dropped: groups = nil
    case .groups(let size, let weighting):
      groups = try GroupedChunks(context, size: size, weighting: weighting, layers: c.layers)
    }
    switch reading.heads {
    case .all: localHeads = nil
    case .adaptive(let threshold):
      localHeads = LocalHeads(
        threshold: threshold,
        temperature: merge.temperature,
        kvHeads: c.kvHeads,
        capacity: rows,
        chunks: chunks
      )
    }
    choice = ChunkChoice(kvHeads: c.kvHeads, rows: rows, count: slots.chosen)
    reduction = ScoreReduction(chunks: chunks)
    self.plan = plan
    try begin(plan)
  }

  /// The statistics of the current pass.
  package var statistics: QueryStatistics {
    var result = merger.statistics
    result.passages = plan.passages
    return result
  }

  /// The findings of the current pass.
  package var findings: QuestionPass.Findings {
    switch gathered {
    case .nothing: .nothing
    case .chunks(let scores): .chunks(survey?.scores(plan.layout) ?? scores)
    case .pages(let pages): .pages(pages.finder)
    }
  }

  /// Begins a pass over the question. Nothing of the pass before is left but its findings, on which the plan
  /// rests.
  ///
  /// - Parameter plan: The pass.
  /// - Throws: ``ModelError`` when memory cannot be allocated.
  package func begin(_ plan: PassPlan) throws(ModelError) {
    self.plan = plan
    switch plan.pass {
    case .ranking: gathered = .chunks(ScoreReduction(chunks: context.chunks.count))
    case .inspecting(let chunks):
      gathered = .pages(
        try PageScores(
          chunks.map { ($0, context.chunks[$0].shape.tokens) },
          kvHeads: configuration.kvHeads,
          rows: store.capacity,
          headDimension: configuration.headDimension
        )
      )
    case .answering: gathered = .nothing
    }
    // Groups are weighted by a token of the pass in which they were made, at that pass's places.
    groups?.reset()
    survey?.reset()
    merger.reset()
  }

  /// The place of a chunk in the document.
  func chunkRange(_ chunk: Int) -> Range<Int> { context.plan.chunks[chunk] }

  /// Begins a run of tokens, and prepares their rotations.
  ///
  /// - Parameters:
  ///   - start: The number of the tail's tokens before the run.
  ///   - tokens: The number of tokens.
  ///   - isApart: True if every token is to have the bits that it would have in a run by itself.
  package func begin(start: Int, tokens: Int, isApart: Bool = false) {
    (self.start, runTokens) = (start, tokens)
    together =
      isApart
      ? kernel.kernel.tokensTogether(
        group: configuration.group * slots.places,
        cache: tail.shape.type,
        most: tokens
      ) : .max
    // Queries that are kept are rotated when the pass is over.
    if case .ranking = plan.pass, survey != nil { rotations = ShiftedRotations(configuration) }
    rotations.begin(position: plan.layout.tail + start, count: tokens)
    shifts.prepare(rotations, slots, layers: configuration.layers, withUnchosen: groups != nil)
  }

  /// The distances by which segments are moved in the current pass.
  private var shifts: SegmentShifts { SegmentShifts(context: context, layout: plan.layout) }

  /// Stores the block's keys and values in the tail, then attends, ranks and merges as the plan says.
  package func attend(_ block: AttentionBlock) throws(ModelError) {
    guard block.rows > together else { return try attendTogether(block) }
    let c = configuration
    var first = 0
    while first < block.rows {
      let rows = min(together, block.rows - first)
      try attendTogether(
        AttentionBlock(
          layer: block.layer,
          firstRow: block.firstRow + first,
          rows: rows,
          qkv: block.qkv + first * c.qkvWidth,
          out: block.out.map { $0 + first * c.queryWidth * merger.activations.byteCount }
        )
      )
      first += rows
    }
  }

  /// Attends the rows of a block in one step.
  private func attendTogether(_ block: AttentionBlock) throws(ModelError) {
    guard let step = try begin(block) else { return }
    if step.isListed { attender.attendListed(step.query) }
    finish(step)
  }

  /// A block between the choice of its chunks and the merging of its partials.
  final class Step {
    let query: QueryBlock
    /// True if the chunks that its rows attend are listed, and not attended yet.
    let isListed: Bool
    fileprivate let out: UnsafeMutableRawPointer

    fileprivate init(_ query: QueryBlock, isListed: Bool, out: UnsafeMutableRawPointer) {
      self.query = query
      self.isListed = isListed
      self.out = out
    }
  }

  /// True if a block's rows are attended in one step.
  func isStep(_ block: AttentionBlock) -> Bool { block.rows <= together }

  /// Stores the block's keys and values, attends what every row attends, and lists the chunks that its rows attend.
  ///
  /// - Returns: The block behind these steps; nil if only its keys and values are wanted.
  func begin(_ block: AttentionBlock) throws(ModelError) -> Step? {
    let c = configuration
    let first = start + block.firstRow
    guard let table = rotations[0, layer: block.layer], first + block.rows <= tail.shape.tokens,
      block.rows * c.group <= store.capacity
    else {
      throw ModelError(
        .badInput,
        "question and answer exceed the \(tail.shape.tokens) tokens reserved for them"
      )
    }
    tail.store(block, at: first, table: table, tableRow: block.firstRow, configuration: c)
    guard let out = block.out else { return nil }
    let query = QueryBlock(
      block: block,
      first: first,
      configuration: c,
      rotations: rotations,
      kernel: kernel.kernel
    )
    let local = slots.local(layer: block.layer)
    // Rankings and local heads need the masses of sink and tail, so these come first.
    attendAlways(query, local: local)
    guard local == nil else {
      setChoice([], query)
      return Step(query, isListed: false, out: out)
    }
    return Step(query, isListed: try chooseChunks(query), out: out)
  }

  /// Attends what stands for chunks that were not chosen, and merges the partials.
  func finish(_ step: Step) {
    let query = step.query
    let local = slots.local(layer: query.block.layer)
    if local == nil {
      if let groups, let slot = slots.residue {
        // A run of one token is one of the answer, for which the groups of the question hold.
        groups.prepare(query, plan.layout, isAnswer: runTokens == 1, workspaces: workspaces)
        groups.attend(query, plan.layout, except: choice, by: kernel, workspaces, into: store, slot: slot)
      }
      if case .pages(let pages) = gathered { inspect(pages, query) }
    }
    merger.merge(query, choice, plan.layout, local: local, workspaces: workspaces, into: step.out)
  }

  /// Attends sink, tail and, in a local layer, the document's last tokens.
  private func attendAlways(_ query: QueryBlock, local: SlotMap.LocalLayer?) {
    let heads = configuration.kvHeads
    let fixed = slots.always.count
    let count = fixed + (local?.windows.count ?? 0)
    inParallel(threads: workspaces.count, count: count * heads) { thread, item in
      let (index, head) = (item / heads, item % heads)
      let workspace = workspaces[thread]
      if index >= fixed, let local {
        attend(local.windows[index - fixed], of: local, query, workspace, head: head)
      } else if slots.always[index] == slots.tail {
        kernel.attendTail(
          tail,
          query,
          workspace,
          head: head,
          window: configuration.window(layer: query.block.layer)
            .map { KeyWindow(tokens: $0, distance: query.first) },
          into: store.softmax(slot: slots.tail, head: head)
        )
      } else if let sink = context.sink {
        let own = local?.ownWindow
        kernel.attend(
          sink,
          query,
          workspace,
          head: head,
          shift: own == nil ? shifts.sink : shifts.inDocument(nil),
          temperature: 1,
          window: own.map { window(of: $0, query, before: -context.plan.positionBase) },
          into: store.softmax(slot: slots.always[index], head: head)
        )
      }
    }
  }

  /// Attends a run of the document's last tokens in a local layer.
  private func attend(
    _ run: SlotMap.Window,
    of local: SlotMap.LocalLayer,
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int
  ) {
    let cache = context.chunks[run.chunk]
    let own = local.ownWindow
    // A chunk may have kept no more than a window of this layer's keys.
    let dropped = cache.shape.droppedTokens(layer: query.block.layer)
    let before = context.plan.chunks[run.chunk].lowerBound + dropped
    kernel.attend(
      cache,
      query,
      workspace,
      head: head,
      tokens: max(0, run.first - dropped)..<cache.shape.tokens - dropped,
      shift: shifts.window(run, in: local),
      temperature: own == nil ? nil : 1,
      window: own.map { window(of: $0, query, before: before) },
      into: store.softmax(slot: run.slot, head: head)
    )
  }

  /// The window of a block over a run that begins with the document's token `before`.
  private func window(of tokens: Int, _ query: QueryBlock, before: Int) -> KeyWindow {
    KeyWindow(tokens: tokens, distance: context.plan.tokens - before + query.first)
  }

  // MARK: - Chunks

  /// Chooses the chunks of every row of a block, as the pass demands.
  ///
  /// - Returns: True if the chunks are listed; false if they were attended in order to choose.
  private func chooseChunks(_ query: QueryBlock) throws(ModelError) -> Bool {
    let layout = plan.layout
    if case .ranking = plan.pass, let survey {
      try survey.keep(query) { slots.localMass(store, head: $0, row: $1) }
      setChoice([], query)
      return false
    }
    localHeads?
      .prepare(query, layout, context: context, summaries: summaries, workspaces: workspaces)
    var isAttended = false
    if let ranking = plan.pass.ranking {
      // Only the last pass has statistics in the end.
      let compares = comparesWithExact && plan.pass.isLast
      if ranking.needsKeys || compares { isAttended = ranker.attendAll(query, layout, by: attender) }
      ranker.rank(query, layout, by: ranking)
    }
    switch plan.pass {
    case .ranking(_, let count):
      reduce(query)
      gather()
      setChoice(count == 0 ? [] : reduction.best(count), query)
    case .inspecting(let chunks), .answering(.held(let chunks)), .answering(.focused(let chunks, _)):
      setChoice(chunks, query)
    case .answering(.all):
      setChoice(everyChunk, query)
      if slots.isDense {
        // Rows of answers may read chunks together with those of others; many rows are enough by themselves, and
        // partials that chunks are ranked by have largest logits too.
        guard !slots.needsKeys, query.block.rows <= DraftLength.mostRows else {
          attender.attendAll(query, layout)
          return false
        }
        attender.listAll(query, layout)
        return true
      }
    case .answering(.perRow(_, let count)):
      ranker.chooseEach(query, most: count, into: &choice)
      dropLocalHeads(query)
      compare(query, count: count)
    case .answering(.perLayer(_, let count)):
      reduce(query)
      setChoice(reduction.best(count), query)
      compare(query, count: count)
    }
    if isAttended { return false }
    attender.list(choice, query, layout)
    return true
  }

  /// Sets one choice for all rows that attend chunks.
  private func setChoice(_ chunks: [Int], _ query: QueryBlock) {
    for head in 0..<choice.kvHeads {
      for row in 0..<query.rows { choice.set(chunks, head: head, row: row) }
    }
    if !chunks.isEmpty { dropLocalHeads(query) }
  }

  private func reduce(_ query: QueryBlock) {
    ranker.reduce(query, into: &reduction) { isLocal(head: $0, row: $1) }
  }

  /// Adds a block's scores to the findings of the pass.
  private func gather() {
    guard case .chunks(var scores) = gathered else { return }
    // The scores are changed in place: two owners would mean a copy for every block.
    gathered = .nothing
    scores.add(reduction)
    gathered = .chunks(scores)
  }

  private func isLocal(head: Int, row: Int) -> Bool {
    guard let localHeads else { return false }
    return localHeads.isLocal(head: head, row: row, local: slots.localMass(store, head: head, row: row))
  }

  private func dropLocalHeads(_ query: QueryBlock) {
    guard localHeads != nil else { return }
    for head in 0..<choice.kvHeads {
      for row in 0..<query.rows where isLocal(head: head, row: row) { choice.clear(head: head, row: row) }
    }
  }

  private func compare(_ query: QueryBlock, count: Int) {
    guard comparesWithExact else { return }
    ranker.compare(choice, query, plan.layout, count: count) { head, wanted, found in
      merger.addComparison(layer: query.block.layer, head: head, wanted: wanted, found: found)
    }
  }

  /// Adds a block's attention to the pages of the inspected chunks to the findings.
  private func inspect(_ pages: PageScores, _ query: QueryBlock) {
    pages.attend(query, plan.layout, context: context, by: kernel, workspaces: workspaces)
    inParallel(threads: workspaces.count, count: configuration.kvHeads) { _, head in
      // A row without a chunk is one of a local head.
      for row in 0..<query.rows where choice.chunk(head: head, row: row, rank: 0) != nil {
        pages.add(head: head, row: row, local: slots.localMass(store, head: head, row: row))
      }
    }
  }
}
