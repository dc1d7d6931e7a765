internal import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension SegmentedAttention {
  /// Chooses the chunks of every row of a block.
  func choose(_ query: QueryBlock) {
    if attendsAllFirst {
      attendEveryChunk(query)
    } else if let scoring,
      policy.heads.needsKeys || (fixed == nil && (comparesWithExact || ranking?.needsKeys == true))
    {
      attendEveryChunk(query, into: scoring)
    }
    if let sketched, fixed == nil, ranking == .sketch { attendEverySketch(query, into: sketched) }
    if !estimates.isEmpty { estimate(query, .moments, into: &estimates) }
    guard slots.selects, fixed == nil else {
      let chunks = fixed ?? Array(context.chunks.indices)
      for head in 0..<choice.kvHeads {
        for row in 0..<query.rows { choice.set(chunks, head: head, row: row) }
      }
      dropLocalHeads(query)
      return
    }
    score(query)
    guard let rule = policy.selection.rule else { return }
    if rule.reduction == .none || (rule.reduction == .focus && gathered == nil) {
      chooseEach(query, most: rule.count)
    } else {
      chooseTogether(query, rule)
    }
    dropLocalHeads(query)
    if comparesWithExact { compare(query, count: rule.count) }
  }

  // MARK: - Scores

  /// Ranks the chunks of every row: the logarithm of each one's share of attention, by the policy's measure.
  private func score(_ query: QueryBlock) {
    guard let measure = ranking else { return }
    if measure == .sketch, let sketched {
      scoreByLogits(query, .exact, in: sketched, into: &scores)
    } else if measure.needsKeys {
      scoreByLogits(query, measure, in: scoring ?? store, into: &scores)
    } else {
      estimate(query, measure, into: &scores)
      makeShares(query)
    }
  }

  /// Scores that need the logits of all chunks, or of their sketches.
  private func scoreByLogits(
    _ query: QueryBlock,
    _ measure: Selection.Measure,
    in store: PartialStore,
    into out: inout [Float]
  ) {
    let rows = query.rows
    let isDense = store === self.store
    out.withUnsafeMutableBufferPointer { out in
      nonisolated(unsafe) let out = out
      inParallel(threads: workspaces.count, count: choice.kvHeads) { thread, head in
        guard let base = out.baseAddress else { return }
        let workspace = workspaces[thread]
        allParts(isDense: isDense, into: &workspace.parts)
        for row in 0..<rows {
          workspace.parts.withUnsafeBufferPointer { parts in
            merge.shares(
              store,
              head: head,
              row: row,
              chunks: parts,
              local: localMass(head: head, row: row),
              measure: measure,
              masses: workspace.masses,
              into: base + index(head, row)
            )
          }
        }
      }
    }
  }

  /// All chunks, at their slots in a store that holds the logits of all.
  private func allParts(isDense: Bool, into parts: inout [MergePart]) {
    parts.removeAll(keepingCapacity: true)
    for chunk in context.chunks.indices {
      appendParts(of: chunk, to: &parts) { view in
        isDense ? slots.slot(chunk: chunk, rank: 0) : chunk * slots.views + view
      }
    }
  }

  /// Estimates from the chunks' summaries.
  private func estimate(_ query: QueryBlock, _ measure: Selection.Measure, into out: inout [Float]) {
    let chunks = context.chunks.count
    let heads = choice.kvHeads
    let estimator = KeyFreeScores(
      measure: measure,
      temperature: merge.temperature,
      slack: Float(policy.slack)
    )
    out.withUnsafeMutableBufferPointer { out in
      nonisolated(unsafe) let out = out
      inParallel(threads: workspaces.count, count: chunks * heads) { thread, item in
        guard let base = out.baseAddress else { return }
        let (chunk, head) = (item / heads, item % heads)
        let (workspace, to) = (workspaces[thread], base + index(head, 0) + chunk)
        estimator.estimate(
          query,
          head: head,
          summary: summaries[chunk],
          shift: shift(chunk, view: seesSecondAlone ? 1 : 0),
          workspace: workspace,
          into: to,
          stride: chunks
        )
        guard slots.views > 1, !seesSecondAlone else { return }
        estimator.estimate(
          query,
          head: head,
          summary: summaries[chunk],
          shift: shift(chunk, view: 1),
          workspace: workspace,
          into: workspace.logits,
          stride: 1
        )
        for row in 0..<query.rows { to[row * chunks] = max(to[row * chunks], workspace.logits[row]) }
      }
    }
  }

  /// Turns estimates of log-masses into logarithms of shares of all attention.
  private func makeShares(_ query: QueryBlock) {
    let chunks = context.chunks.count
    scores.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for head in 0..<choice.kvHeads {
        for row in 0..<query.rows {
          let row0 = base + index(head, row)
          let total = SegmentMerge.logAdd(
            SegmentMerge.logSumExp(row0, chunks),
            localMass(head: head, row: row)
          )
          for chunk in 0..<chunks { row0[chunk] -= total }
        }
      }
    }
  }

  /// The log-mass of sink and tail.
  func localMass(head: Int, row: Int) -> Float {
    var mass = store.logMass(slot: slots.tail, head: head, row: row)
    if let sink = slots.sink {
      mass = SegmentMerge.logAdd(mass, store.logMass(slot: sink, head: head, row: row))
    }
    return mass
  }

  /// Where the scores of a row begin.
  private func index(_ head: Int, _ row: Int) -> Int { (head * store.capacity + row) * context.chunks.count }

  // MARK: - Choices

  private func chooseEach(_ query: QueryBlock, most: Int) {
    let chunks = context.chunks.count
    scores.withUnsafeBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for head in 0..<choice.kvHeads {
        for row in 0..<query.rows {
          choice.select(base + index(head, row), chunks: chunks, most: most, head: head, row: row)
        }
      }
    }
  }

  /// One choice for all rows that look at chunks at all.
  private func chooseTogether(_ query: QueryBlock, _ rule: Selection.Rule) {
    let chunks = context.chunks.count
    reduction.reset()
    scores.withUnsafeMutableBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      for head in 0..<choice.kvHeads {
        for row in 0..<query.rows where !isLocal(head: head, row: row) {
          let shares = base + index(head, row)
          for chunk in 0..<chunks { shares[chunk] = expf(shares[chunk]) }
          reduction.add(shares)
        }
      }
    }
    if gathered != nil { gathered?.add(reduction) }
    let chosen = isBlind ? [] : reduction.best(rule.count)
    for head in 0..<choice.kvHeads {
      for row in 0..<query.rows { choice.set(chosen, head: head, row: row) }
    }
  }

  /// Whether a first pass ranks chunks without looking at any: then no key is read but those of the chunks that it
  /// chooses in the end. Layers that look at chunks are chosen by how much they look.
  private var isBlind: Bool {
    guard gathered != nil, ranking?.needsKeys == false else { return false }
    if case .top = policy.layers { return false }
    return true
  }

  /// Whether a row's head is local by the policy.
  private func isLocal(head: Int, row: Int) -> Bool {
    let chunks = context.chunks.count
    let (threshold, context): (Double, Float)
    switch policy.heads {
    case .all: return false
    case .adaptive(let limit):
      threshold = limit
      context = estimates.withUnsafeBufferPointer { estimates in
        estimates.baseAddress.map { SegmentMerge.logSumExp($0 + index(head, row), chunks) } ?? -.infinity
      }
    case .oracle(let limit):
      threshold = limit
      var mass = -Float.infinity
      for chunk in 0..<chunks {
        let slot =
          scoring == nil ? slots.slot(chunk: chunk, rank: 0) : chunk * slots.views + (seesSecondAlone ? 1 : 0)
        mass = SegmentMerge.logAdd(mass, (scoring ?? store).logMass(slot: slot, head: head, row: row))
      }
      context = mass
    }
    let local = localMass(head: head, row: row)
    return Double(expf(local - SegmentMerge.logAdd(local, context))) >= threshold
  }

  private func dropLocalHeads(_ query: QueryBlock) {
    guard policy.heads != .all else { return }
    for head in 0..<choice.kvHeads {
      for row in 0..<query.rows where isLocal(head: head, row: row) { choice.clear(head: head, row: row) }
    }
  }

  /// Holds the choice against that of the exact rule, row by row.
  private func compare(_ query: QueryBlock, count: Int) {
    let chunks = context.chunks.count
    var exact = [Float](repeating: 0, count: choice.kvHeads * store.capacity * chunks)
    scoreByLogits(query, .exact, in: scoring ?? store, into: &exact)
    var wanted = ChunkChoice(kvHeads: 1, rows: 1, count: choice.count)
    for head in 0..<choice.kvHeads {
      var (all, hits) = (0, 0)
      for row in 0..<query.rows {
        exact.withUnsafeBufferPointer { exact in
          guard let base = exact.baseAddress else { return }
          wanted.select(base + index(head, row), chunks: chunks, head: 0, row: 0)
        }
        for rank in 0..<wanted.count {
          guard let chunk = wanted.chunk(head: 0, row: 0, rank: rank) else { continue }
          all += 1
          if choice.contains(chunk, head: head, row: row) { hits += 1 }
        }
      }
      compare(layer: query.block.layer, head: head, wanted: all, found: hits)
    }
  }
}
