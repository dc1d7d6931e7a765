internal import Threads
internal import Transformer

/// Attends chunks for the rows of a block: all chunks for all rows, or each chunk for the rows that have
/// chosen it.
final class ChunkAttender {
  /// A row that attends a chunk at a position, and the slot of the partial.
  private struct Pick {
    var chunk: Int32
    var position: Int32
    var row: Int32
    var slot: Int32
  }

  /// A chunk that rows of a head have picked.
  struct Item {
    var chunk: Int
    var head: Int
    /// The chunk's keys and values.
    var cache: KVCache
    /// The tokens that are attended; nil for all.
    var tokens: Range<Int>?
    /// The range of the picks in the head's list.
    var range: Range<Int>

    /// The number of rows, each counted once for every place at which it attends the chunk.
    var rows: Int { range.count }
  }

  private let context: MergedContext
  private let slots: SlotMap
  private let store: PartialStore
  private let kernel: SegmentKernel
  private let workspaces: [QueryWorkspace]
  /// The picks of each head, and the chunks picked; both keep their memory from layer to layer.
  private var picks: [[Pick]]
  private(set) var items: [Item] = []

  init(
    context: MergedContext,
    slots: SlotMap,
    store: PartialStore,
    kernel: SegmentKernel,
    workspaces: [QueryWorkspace],
    kvHeads: Int
  ) {
    self.context = context
    self.slots = slots
    self.store = store
    self.kernel = kernel
    self.workspaces = workspaces
    picks = Array(repeating: [], count: kvHeads)
  }

  /// Attends all chunks at all of their places, into a store for the logits of all.
  func attendAll(_ query: QueryBlock, _ layout: Layout, into scoring: PartialStore) {
    let heads = picks.count
    inParallel(threads: workspaces.count, count: layout.chunks.count * slots.places * heads) { thread, item in
      let (number, head) = (item / heads, item % heads)
      let (chunk, place) = (number / slots.places, number % slots.places)
      guard place < layout.chunks[chunk].places else { return }
      kernel.attend(
        context.chunks[chunk],
        query,
        workspaces[thread],
        head: head,
        shift: layout.chunks[chunk].position(at: place) - context.bases[chunk],
        into: scoring.softmax(slot: slots.scoringSlot(chunk: chunk, place: place), head: head)
      )
    }
  }

  /// Attends all chunks, each into its own slot.
  func attendAll(_ query: QueryBlock, _ layout: Layout) {
    let heads = picks.count
    inParallel(threads: workspaces.count, count: layout.chunks.count * heads) { thread, item in
      let (chunk, head) = (item / heads, item % heads)
      kernel.attend(
        context.chunks[chunk],
        query,
        workspaces[thread],
        head: head,
        shift: layout.chunks[chunk].position - context.bases[chunk],
        into: store.softmax(slot: slots.slot(chunk: chunk, rank: 0), head: head)
      )
    }
  }

  /// Lists the chunks that rows have chosen, each with the rows that have chosen it.
  func list(_ choice: ChunkChoice, _ query: QueryBlock, _ layout: Layout) {
    items.removeAll(keepingCapacity: true)
    for head in picks.indices {
      pick(choice, query, layout, head: head)
      listPicks(of: head, layout)
    }
    sortItems()
  }

  /// Lists every chunk with all rows, each into its own slot.
  func listAll(_ query: QueryBlock, _ layout: Layout) {
    items.removeAll(keepingCapacity: true)
    for head in picks.indices {
      picks[head].removeAll(keepingCapacity: true)
      for (chunk, places) in layout.chunks.enumerated() {
        for row in 0..<query.rows {
          picks[head].append(
            Pick(
              chunk: Int32(chunk),
              position: Int32(places.position),
              row: Int32(row),
              slot: Int32(slots.slot(chunk: chunk, rank: 0))
            )
          )
        }
      }
      listPicks(of: head, layout)
    }
    sortItems()
  }

  /// Sorts the items: the heads of a chunk lie one behind the other, as the kernels ask for memory.
  private func sortItems() { items.sort { ($0.chunk, $0.head) < ($1.chunk, $1.head) } }

  /// Lists the chunks of a head's picks, which are sorted.
  private func listPicks(of head: Int, _ layout: Layout) {
    var first = 0
    while first < picks[head].count {
      let chunk = picks[head][first].chunk
      var last = first
      while last < picks[head].count, picks[head][last].chunk == chunk { last += 1 }
      items.append(
        Item(
          chunk: Int(chunk),
          head: head,
          cache: context.chunks[Int(chunk)],
          tokens: layout.chunks[Int(chunk)].tokens,
          range: first..<last
        )
      )
      first = last
    }
  }

  /// Attends what was listed last.
  func attendListed(_ query: QueryBlock) {
    inParallel(threads: workspaces.count, count: items.count) { thread, item in
      attendListed(item, query, thread: thread)
    }
  }

  /// Lists what a head's rows have chosen, sorted by chunk, position and row: rows of one chunk then read its
  /// keys together, and those at one position share a rotation.
  private func pick(_ choice: ChunkChoice, _ query: QueryBlock, _ layout: Layout, head: Int) {
    picks[head].removeAll(keepingCapacity: true)
    for row in 0..<query.rows {
      for rank in 0..<choice.count {
        guard let chunk = choice.chunk(head: head, row: row, rank: rank) else { continue }
        let places = layout.chunks[chunk]
        for place in 0..<places.places {
          picks[head].append(
            Pick(
              chunk: Int32(chunk),
              position: Int32(places.position(at: place)),
              row: Int32(row),
              slot: Int32(slots.slot(chunk: chunk, rank: rank, place: place))
            )
          )
        }
      }
    }
    picks[head].sort { a, b in
      (a.chunk, a.position, a.row) < (b.chunk, b.position, b.row)
    }
  }

  /// Attends a listed chunk with all rows of a head that have chosen it, at one place or at two: its keys and values
  /// are read once.
  func attendListed(_ index: Int, _ query: QueryBlock, thread: Int) {
    let (item, workspace) = (items[index], workspaces[thread])
    let picked = picks[item.head][item.range]
    guard let one = picked.first else { return }
    // All rows at one place and in one slot, as when one choice holds for all: the partials go straight to
    // their slot.
    if picked.count == query.rows, picked.allSatisfy({ $0.slot == one.slot && $0.position == one.position }) {
      kernel.attend(
        item.cache,
        query,
        workspace,
        head: item.head,
        tokens: item.tokens,
        shift: Int(one.position) - context.bases[item.chunk],
        into: store.softmax(slot: Int(one.slot), head: item.head)
      )
      return
    }
    gather(index, query, workspace, at: 0)
    kernel.attendGathered(
      item.cache,
      query,
      workspace,
      head: item.head,
      rows: item.rows,
      tokens: item.tokens
    )
    scatter(index, workspace, at: 0)
  }

  /// Rotates the rows of a listed chunk to the places at which they attend it, and copies them to a workspace behind
  /// the `place` rows gathered before.
  func gather(_ index: Int, _ query: QueryBlock, _ workspace: QueryWorkspace, at place: Int) {
    let (head, chunk, range) = (items[index].head, items[index].chunk, items[index].range)
    var first = range.lowerBound
    while first < range.upperBound {
      let position = picks[head][first].position
      var last = first
      workspace.rows.removeAll(keepingCapacity: true)
      while last < range.upperBound, picks[head][last].position == position {
        workspace.rows.append(picks[head][last].row)
        last += 1
      }
      kernel.gather(
        query,
        workspace,
        head: head,
        shift: Int(position) - context.bases[chunk],
        at: place + first - range.lowerBound
      )
      first = last
    }
  }

  /// Copies the partials of a listed chunk's rows from those of the workspace, behind the first `place` of them, to
  /// their slots.
  func scatter(_ index: Int, _ workspace: QueryWorkspace, at place: Int) {
    let (head, range) = (items[index].head, items[index].range)
    for (offset, number) in range.enumerated() {
      let pick = picks[head][number]
      store.set(
        slot: Int(pick.slot),
        head: head,
        row: Int(pick.row),
        from: workspace.partial,
        row: place + offset
      )
    }
  }
}
