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
          tokens: window.first..<context.chunks[window.chunk].shape.tokens,
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
    tokens: Range<Int>? = nil,
    shift: Int,
    temperature: Float? = nil,
    softmax: SoftmaxState
  ) {
    let tokens = tokens ?? 0..<cache.shape.tokens
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
      first: tokens.lowerBound,
      keys: tokens.count,
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
    if attendsAllFirst, policy.placement != .packed, ranges.isEmpty { return }
    let heads = configuration.kvHeads
    var items: [(head: Int, range: Range<Int>)] = []
    for head in 0..<heads {
      pick(query, head: head)
      var first = 0
      while first < picks[head].count {
        let chunk = picks[head][first].chunk
        var last = first
        while last < picks[head].count, picks[head][last].chunk == chunk {
          rotations.prepare(Int(picks[head][last].position) - context.bases[Int(chunk)])
          last += 1
        }
        items.append((head, first..<last))
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
        end -= range(of: chunk).count
        for view in views(of: chunk) {
          let position = position(chunk, view: view)
          picks[head].append(
            ChunkPick(
              chunk: Int32(chunk),
              position: Int32(policy.placement == .packed ? end - range(of: chunk).lowerBound : position),
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

  /// Attends a chunk with all rows of a head that want it, at one place or at several: its keys and values are
  /// read once.
  private func attendPicked(
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    range: Range<Int>
  ) {
    let picked = picks[head][range]
    guard let one = picked.first else { return }
    let chunk = Int(one.chunk)
    let cache = context.chunks[chunk]
    if picked.count == query.rows, picked.allSatisfy({ $0.slot == one.slot && $0.position == one.position }) {
      attendAll(
        query,
        workspace,
        head: head,
        cache: cache,
        tokens: self.range(of: chunk),
        shift: Int(one.position) - context.bases[chunk],
        softmax: store.softmax(slot: Int(one.slot), head: head)
      )
      return
    }
    var first = picked.startIndex
    while first < picked.endIndex {
      let position = picked[first].position
      var last = first
      workspace.rows.removeAll(keepingCapacity: true)
      while last < picked.endIndex, picked[last].position == position {
        workspace.rows.append(picked[last].row)
        last += 1
      }
      gatherRows(
        query,
        workspace,
        head: head,
        shift: Int(position) - context.bases[chunk],
        at: first - picked.startIndex
      )
      first = last
    }
    attendGathered(
      query,
      workspace,
      head: head,
      rows: picked.count,
      cache: cache,
      tokens: self.range(of: chunk)
    )
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

  /// Rotates a head's queries and puts the rows that a workspace lists behind those gathered before.
  private func gatherRows(
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    shift: Int,
    at place: Int
  ) {
    let rotated = UnsafeMutableRawPointer(workspace.queries)
    query.rotate(head: head, shift: shift, temperature: merge.temperature, into: rotated)
    query.copy(workspace.rows, of: rotated, to: workspace.attention.queries, at: place)
  }

  /// Attends gathered rows to a cache, into a workspace's partial.
  private func attendGathered(
    _ query: QueryBlock,
    _ workspace: QueryWorkspace,
    head: Int,
    rows: Int,
    cache: KVCache,
    tokens: Range<Int>? = nil
  ) {
    let tokens = tokens ?? 0..<cache.shape.tokens
    workspace.partial.reset(rows: rows, headDimension: query.configuration.headDimension)
    workspace.attention.attend(
      cache,
      layer: query.block.layer,
      head: head,
      rows: rows,
      first: tokens.lowerBound,
      keys: tokens.count,
      visible: nil,
      kernel: kernel,
      into: workspace.partial
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
        gatherRows(query, workspace, head: head, shift: shift(chunk), at: 0)
        attendGathered(
          query,
          workspace,
          head: head,
          rows: workspace.rows.count,
          cache: groups.caches[chunk]
        )
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
