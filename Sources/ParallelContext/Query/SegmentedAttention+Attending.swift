internal import Transformer

/// One row's wish to attend a chunk at a position.
struct ChunkPick {
  var chunk: Int32
  var position: Int32
  var row: Int32
  var slot: Int32
}

extension SegmentedAttention {
  /// Attends sink, tail and, in a local layer, the document's last tokens.
  func attendAlways(_ query: QueryBlock, isLocal: Bool) {
    let heads = configuration.kvHeads
    let fixed = slots.always.count
    let count = fixed + (isLocal ? slots.windows.count : 0)
    inParallel(threads: workspaces.count, count: count * heads) { thread, item in
      let (index, head) = (item / heads, item % heads)
      let workspace = workspaces[thread]
      if index >= fixed {
        let window = slots.windows[index - fixed]
        attendAll(
          query,
          workspace,
          head: head,
          cache: context.chunks[window.chunk],
          first: window.first,
          shift: shift(window),
          softmax: store.softmax(slot: window.slot, head: head)
        )
      } else if slots.always[index] == slots.tail {
        attendTail(query, workspace, head: head)
      } else if let sink = context.sink {
        attendAll(
          query,
          workspace,
          head: head,
          cache: sink,
          shift: 0,
          temperature: 1,
          softmax: store.softmax(slot: slots.always[index], head: head)
        )
      }
    }
  }

  private func attendTail(_ query: QueryBlock, _ workspace: QueryWorkspace, head: Int) {
    let softmax = store.softmax(slot: slots.tail, head: head)
    softmax.reset(rows: query.rows, headDimension: query.configuration.headDimension)
    query.rotate(head: head, shift: 0, temperature: 1, into: workspace.attention.queries)
    workspace.attention.attend(
      tail,
      layer: query.block.layer,
      head: head,
      rows: query.rows,
      keys: query.first + query.block.rows,
      visible: query.first + 1,
      kernel: kernel,
      into: softmax
    )
  }

  /// Attends every row of a head to a run of keys.
  func attendAll(
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    cache: KVCache,
    first: Int = 0,
    shift: Int,
    temperature: Float? = nil,
    softmax: SoftmaxState
  ) {
    softmax.reset(rows: query.rows, headDimension: query.configuration.headDimension)
    query.rotate(
      head: head,
      shift: shift,
      temperature: temperature ?? merge.temperature,
      into: workspace.attention.queries
    )
    workspace.attention.attend(
      cache,
      layer: query.block.layer,
      head: head,
      rows: query.rows,
      first: first,
      keys: cache.shape.tokens - first,
      visible: nil,
      kernel: kernel,
      into: softmax
    )
  }

  /// Attends all chunks; without a store, into their slots.
  func attendEveryChunk(_ query: QueryBlock, into scoring: PartialStore? = nil) {
    let heads = configuration.kvHeads
    let count = context.chunks.count * slots.views
    inParallel(threads: workspaces.count, count: count * heads) { thread, item in
      let (place, head) = (item / heads, item % heads)
      let (chunk, view) = (place / slots.views, place % slots.views)
      guard views(of: chunk).contains(view) else { return }
      let softmax =
        scoring?.softmax(slot: place, head: head)
        ?? store.softmax(slot: slots.slot(chunk: chunk, rank: 0), head: head)
      attendAll(
        query,
        workspaces[thread],
        head: head,
        cache: context.chunks[chunk],
        shift: shift(chunk, view: view),
        softmax: softmax
      )
    }
  }

  /// Attends the chunks that rows have chosen, each with the rows that want it, unless all were attended
  /// before.
  func attendChosen(_ query: QueryBlock) {
    if attendsAllFirst, policy.placement != .packed { return }
    let heads = configuration.kvHeads
    var items: [(head: Int, range: Range<Int>)] = []
    for head in 0..<heads {
      pick(query, head: head)
      var first = 0
      while first < picks[head].count {
        let pick = picks[head][first]
        var last = first + 1
        while last < picks[head].count, picks[head][last].chunk == pick.chunk,
          picks[head][last].position == pick.position
        { last += 1 }
        items.append((head, first..<last))
        rotations.prepare(Int(pick.position) - context.bases[Int(pick.chunk)])
        first = last
      }
    }
    inParallel(threads: workspaces.count, count: items.count) { thread, item in
      attendPicked(query, workspaces[thread], head: items[item].head, range: items[item].range)
    }
  }

  /// Lists what a head's rows have chosen, by chunk, position and row.
  private func pick(_ query: QueryBlock, head: Int) {
    picks[head].removeAll(keepingCapacity: true)
    for row in 0..<query.rows {
      var end = positions.tail
      for rank in (0..<choice.count).reversed() {
        guard let chunk = choice.chunk(head: head, row: row, rank: rank) else { continue }
        end -= context.chunks[chunk].shape.tokens
        for view in views(of: chunk) {
          let position = position(chunk, view: view)
          picks[head].append(
            ChunkPick(
              chunk: Int32(chunk),
              position: Int32(policy.placement == .packed ? end : position),
              row: Int32(row),
              slot: Int32(slots.slot(chunk: chunk, rank: rank, view: view))
            )
          )
        }
      }
    }
    picks[head].sort { a, b in
      (a.chunk, a.position, a.row) < (b.chunk, b.position, b.row)
    }
  }

  private func attendPicked(
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    range: Range<Int>
  ) {
    let picked = picks[head][range]
    guard let one = picked.first else { return }
    let chunk = Int(one.chunk)
    let shift = Int(one.position) - context.bases[chunk]
    if picked.count == query.rows, picked.allSatisfy({ $0.slot == one.slot }) {
      attendAll(
        query,
        workspace,
        head: head,
        cache: context.chunks[chunk],
        shift: shift,
        softmax: store.softmax(slot: Int(one.slot), head: head)
      )
      return
    }
    workspace.rows.removeAll(keepingCapacity: true)
    for pick in picked { workspace.rows.append(pick.row) }
    attendRows(query, workspace, head: head, cache: context.chunks[chunk], shift: shift)
    for (place, pick) in picked.enumerated() {
      store.set(
        slot: Int(pick.slot),
        head: head,
        row: Int(pick.row),
        from: workspace.partial,
        row: place
      )
    }
  }

  /// Attends the rows listed in a workspace to a cache, into the workspace's partial.
  private func attendRows(
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    cache: KVCache,
    shift: Int
  ) {
    let softmax = workspace.partial
    softmax.reset(rows: workspace.rows.count, headDimension: query.configuration.headDimension)
    query.rotate(
      head: head,
      shift: shift,
      temperature: merge.temperature,
      into: workspace.attention.queries
    )
    query.gather(workspace.rows, in: workspace.attention.queries)
    workspace.attention.attend(
      cache,
      layer: query.block.layer,
      head: head,
      rows: workspace.rows.count,
      keys: cache.shape.tokens,
      visible: nil,
      kernel: kernel,
      into: softmax
    )
  }

  /// Attends the groups of the chunks that a row has not chosen. A row without any chunk by choice of the
  /// policy's heads attends no group either.
  func attendResidue(_ query: QueryBlock) {
    guard let groups, let slot = slots.residue else { return }
    groups.prepare(query, isAnswer: runTokens == 1, shift: { shift($0) }, workspaces: workspaces)
    inParallel(threads: workspaces.count, count: configuration.kvHeads) { thread, head in
      let workspace = workspaces[thread]
      store.clear(slot: slot, head: head, rows: query.rows)
      for chunk in context.chunks.indices {
        workspace.rows.removeAll(keepingCapacity: true)
        for row in 0..<query.rows
        where !choice.contains(chunk, head: head, row: row)
          && choice.chunk(head: head, row: row, rank: 0) != nil
        {
          workspace.rows.append(Int32(row))
        }
        if workspace.rows.isEmpty { continue }
        attendRows(query, workspace, head: head, cache: groups.caches[chunk], shift: shift(chunk))
        for (place, row) in workspace.rows.enumerated() {
          store.add(
            slot: slot,
            head: head,
            row: Int(row),
            from: workspace.partial,
            row: place,
            bias: groups.bias(chunk: chunk)
          )
        }
      }
    }
  }
}
