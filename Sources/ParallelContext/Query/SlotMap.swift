internal import Transformer

/// Where the partials of a query's segments lie: sink, tail, the windows of local layers, chunks, residue.
struct SlotMap {
  /// A run of a chunk's last tokens, attended by local layers.
  struct Window {
    var slot: Int
    var chunk: Int
    /// The chunk's first token in the window.
    var first: Int
    /// Tokens from the chunk's beginning to the document's end.
    var reach: Int
  }

  /// The sink's slot, nil without one.
  let sink: Int?
  /// The tail's slot.
  let tail: Int
  /// The windows of local layers.
  let windows: [Window]
  /// The slot of the groups that stand for chunks not chosen; nil when these are dropped.
  let residue: Int?
  /// How many slots there are.
  let count: Int
  /// The most chunks that a row attends.
  let chosen: Int
  /// Whether every chunk has a slot and all rows attend all of them before chunks are chosen. Reading the
  /// keys of chosen chunks a second time pays only while they are few.
  let isDense: Bool
  /// Whether some chunks are dropped.
  let selects: Bool
  /// Whether the choice needs the logits of all chunks.
  let needsKeys: Bool
  /// Whether the choice needs the logits of all chunks' sketches.
  let needsSketches: Bool
  /// How many places a chunk is offered at.
  let views: Int
  private let firstChunk: Int
  private let chunks: Int

  init(context: MergedContext, policy: AttentionPolicy) {
    let chunks = context.chunks.count
    self.chunks = chunks
    let rule = policy.selection.rule
    views = policy.view != nil && policy.placement != .packed && chunks > 1 ? 2 : 1
    selects = rule.map { $0.count < chunks } ?? false
    chosen = selects ? min(rule?.candidateCount ?? chunks, chunks) : chunks
    needsKeys = policy.heads.needsKeys || (selects && rule?.measures.contains { $0.needsKeys } == true)
    needsSketches = selects && rule?.measures.contains(.sketch) == true
    if views > 1 {
      isDense = false
    } else if let rule, rule.reduction == .twoPass, selects {
      isDense = rule.measure.needsKeys || policy.heads.needsKeys
    } else if needsKeys {
      isDense = chosen * 2 > chunks
    } else {
      isDense = !selects && policy.heads == .all
    }
    var next = 0
    func slot() -> Int {
      defer { next += 1 }
      return next
    }
    sink = context.sink == nil ? nil : slot()
    tail = slot()
    var windows: [Window] = []
    var left = policy.layers.window
    var reach = 0
    for chunk in context.chunks.indices.reversed() where left > 0 {
      let tokens = context.chunks[chunk].shape.tokens
      reach += tokens
      windows.append(Window(slot: slot(), chunk: chunk, first: max(0, tokens - left), reach: reach))
      left -= tokens
    }
    self.windows = windows
    firstChunk = next
    next += isDense ? chunks : chosen * views
    residue = policy.residue != .dropped && selects ? slot() : nil
    count = next
  }

  /// About how many bytes of partials and scores one token of a block needs.
  func byteCount(perToken c: ModelConfiguration) -> Int {
    let stores = needsKeys && needsSketches ? 2 : 1
    let floats =
      count * (c.headDimension + 3 + PartialStore.topCount)
      + stores * views * chunks * (4 + PartialStore.topCount)
    return c.heads * floats * MemoryLayout<Float>.stride
  }

  /// What every row attends.
  var always: [Int] { (sink.map { [$0] } ?? []) + [tail] }

  /// The slot of a chunk that a row has chosen at a rank, at one of its places.
  func slot(chunk: Int, rank: Int, view: Int = 0) -> Int {
    firstChunk + (isDense ? chunk : rank * views + view)
  }
}
