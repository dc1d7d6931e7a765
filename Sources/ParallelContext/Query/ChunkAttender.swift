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

  /// A chunk that rows of a head have picked, and the range of these in the head's list.
  private struct Item {
    var chunk: Int
    var head: Int
    var range: Range<Int>
  }

  private let context: MergedContext
  private let slots: SlotMap
  private let store: PartialStore
  private let kernel: SegmentKernel
  private let workspaces: [QueryWorkspace]
  /// The picks of each head, and the chunks picked; both keep their memory from layer to layer.
  private var picks: [[Pick]]
  private var items: [Item] = []

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

  /// Attends the chunks that rows have chosen, each with the rows that have chosen it.
  func attend(_ choice: ChunkChoice, _ query: QueryBlock, _ layout: Layout) {
    items.removeAll(keepingCapacity: true)
    for head in picks.indices {
      pick(choice, query, layout, head: head)
      var first = 0
      while first < picks[head].count {
        let chunk = picks[head][first].chunk
        var last = first
        while last < picks[head].count, picks[head][last].chunk == chunk { last += 1 }
        items.append(Item(chunk: Int(chunk), head: head, range: first..<last))
        first = last
      }
    }
    // The heads of a chunk lie one behind the other, as the kernels ask for memory.
    items.sort { ($0.chunk, $0.head) < ($1.chunk, $1.head) }
    inParallel(threads: workspaces.count, count: items.count) { thread, item in
      attend(items[item], query, layout, workspaces[thread])
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

  /// Attends a chunk with all rows of a head that have chosen it, at one place or at two: its keys and values
  /// are read once.
  private func attend(
    _ item: Item,
    _ query: QueryBlock,
    _ layout: Layout,
    _ workspace: QueryWorkspace
  ) {
    let head = item.head
    let picked = picks[head][item.range]
    guard let one = picked.first else { return }
    let chunk = Int(one.chunk)
    let (cache, base) = (context.chunks[chunk], context.bases[chunk])
    let tokens = layout.chunks[chunk].tokens
    // All rows at one place and in one slot, as when one choice holds for all: the partials go straight to
    // their slot.
    if picked.count == query.rows, picked.allSatisfy({ $0.slot == one.slot && $0.position == one.position }) {
      kernel.attend(
        cache,
        query,
        workspace,
        head: head,
        tokens: tokens,
        shift: Int(one.position) - base,
        into: store.softmax(slot: Int(one.slot), head: head)
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
      kernel.gather(
        query,
        workspace,
        head: head,
        shift: Int(position) - base,
        at: first - picked.startIndex
      )
      first = last
    }
    kernel.attendGathered(cache, query, workspace, head: head, rows: picked.count, tokens: tokens)
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
}
