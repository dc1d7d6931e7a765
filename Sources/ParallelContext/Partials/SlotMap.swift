internal import Transformer

/// The slots of a query's partials: sink, tail, the windows of local layers, chunks, residue.
struct SlotMap {
  /// The rest of what a local layer attends beside sink and tail: the document's last tokens.
  struct LocalLayer {
    /// The runs that hold these, last first.
    let windows: [Window]
    /// The model's own window, by which a token sees sink, document and tail at their true distances alone; nil
    /// where the method makes the layer local, which counts its window from the end of the document.
    let ownWindow: Int?
  }

  /// A run of a chunk's last tokens, attended by local layers.
  struct Window {
    var slot: Int
    var chunk: Int
    /// The chunk's first token in the window.
    var first: Int
  }

  /// The sink's slot, nil without one.
  let sink: Int?
  /// The tail's slot.
  let tail: Int
  /// The slots that every row attends: those of sink and tail.
  let always: [Int]
  /// The layers that attend no chunks, nil for others.
  private let locals: [LocalLayer?]
  /// The slot of the groups that stand for chunks not chosen; nil when these are dropped.
  let residue: Int?
  /// The number of slots.
  let count: Int
  /// The most chunks that a row attends.
  let chosen: Int
  /// True when every chunk has a slot of its own, and rows attend all chunks before they choose. Reading the
  /// keys of chosen chunks a second time pays only while they are few.
  let isDense: Bool
  /// True when some chunks are left out.
  let selects: Bool
  /// True when a choice needs the logits of all chunks.
  let needsKeys: Bool
  /// True when a choice needs the logits of all chunks' sketches.
  let needsSketches: Bool
  /// The number of places at which a chunk is offered, 1 or 2.
  let places: Int
  private let firstChunk: Int
  private let chunks: Int

  init(context: MergedContext, reading: Reading, configuration c: ModelConfiguration) {
    let chunks = context.chunks.count
    self.chunks = chunks
    let lengths = context.chunks.map(\.shape.tokens)
    let selection = reading.selection.resolved(for: lengths)
    let rankings = selection.rankings
    places = reading.view != nil && chunks > 1 ? 2 : 1
    selects = selection.leavesOut(of: chunks)
    chosen = selection.mostAttended(of: chunks)
    needsKeys = selects && rankings.contains(where: \.needsKeys)
    needsSketches = selects && rankings.contains(.sketch)
    if places > 1 {
      isDense = false
    } else if selects, case .perQuestion(let ranking, _) = selection {
      // The first pass needs the logits of all chunks anyway, and few chunks are left after it.
      isDense = ranking.needsKeys
    } else if needsKeys {
      isDense = chosen * 2 > chunks
    } else {
      isDense = !selects && reading.heads == .all
    }
    var next = 0
    func slot() -> Int {
      defer { next += 1 }
      return next
    }
    sink = context.sink == nil ? nil : slot()
    tail = slot()
    always = Array(0..<next)
    let firstWindow = next
    let methods = Self.windows(lengths, last: reading.layers.window, slot: firstWindow)
    var (all, most): ([LocalLayer?], Int) = ([], methods.count)
    // A method counts the layers that see everything: of the others it can make no use.
    var whole = 0
    for layer in 0..<c.layers {
      if c.isLocal(layer: layer), let window = c.window(layer: layer) {
        // The tail's first token sees itself and these.
        let windows = Self.windows(lengths, last: window - 1, slot: firstWindow)
        most = max(most, windows.count)
        all.append(LocalLayer(windows: windows, ownWindow: window))
      } else {
        all.append(reading.layers.isLocal(whole) ? LocalLayer(windows: methods, ownWindow: nil) : nil)
        whole += 1
      }
    }
    locals = all
    next += most
    firstChunk = next
    next += isDense ? chunks : chosen * places
    residue = reading.residue != .dropped && selects ? slot() : nil
    count = next
  }

  /// The runs that hold the last `count` tokens of chunks of the given lengths, last first, their slots from `slot`
  /// on.
  private static func windows(_ lengths: [Int], last count: Int, slot: Int) -> [Window] {
    var windows: [Window] = []
    var left = count
    for chunk in lengths.indices.reversed() where left > 0 {
      windows.append(Window(slot: slot + windows.count, chunk: chunk, first: max(0, lengths[chunk] - left)))
      left -= lengths[chunk]
    }
    return windows
  }

  /// The part of the document that a layer attends where it attends no chunks; nil for a layer that does.
  func local(layer: Int) -> LocalLayer? { locals[layer] }

  /// The approximate number of bytes of partials and scores that one token of a block needs.
  func byteCount(perToken c: ModelConfiguration) -> Int {
    let stores = needsKeys && needsSketches ? 2 : 1
    let floats =
      count * (c.headDimension + 3 + PartialStore.topCount)
      + stores * places * chunks * (4 + PartialStore.topCount)
    return c.heads * floats * MemoryLayout<Float>.stride
  }

  /// The slot of a chunk that a row has chosen at a rank, at one of its places.
  func slot(chunk: Int, rank: Int, place: Int = 0) -> Int {
    firstChunk + (isDense ? chunk : rank * places + place)
  }

  /// The slot of a chunk at one of its places in a store that holds the logits of all chunks.
  func scoringSlot(chunk: Int, place: Int) -> Int { chunk * places + place }
}

extension SlotMap {
  /// The log-mass of sink and tail for a row.
  func localMass(_ store: PartialStore, head: Int, row: Int) -> Float {
    let mass = store.logMass(slot: tail, head: head, row: row)
    guard let sink else { return mass }
    return SegmentMerge.logAdd(mass, store.logMass(slot: sink, head: head, row: row))
  }

  /// Adds a chunk at each of its places to the segments of a row.
  ///
  /// - Parameters:
  ///   - chunk: The chunk.
  ///   - places: Its places.
  ///   - parts: The segments.
  ///   - slot: The slot of a place.
  static func append(
    _ chunk: Int,
    at places: Layout.Chunk,
    to parts: inout [MergePart],
    slot: (_ place: Int) -> Int
  ) {
    parts.append(MergePart(slot: slot(0), chunk: chunk, isFar: places.isFar))
    guard places.second != nil else { return }
    parts.append(MergePart(slot: slot(1), chunk: chunk, isFar: true, isAlternative: true))
  }
}
