internal import CKernels
internal import Threads
internal import Transformer

/// The chunks that rows of several answers attend in a layer: rows that read the same tokens of the same cache read
/// them together, whichever answer they belong to.
final class SharedChunks {
  /// An item of one answer's list. It holds no reference: entries are sorted for every layer.
  private struct Entry {
    var source: Int
    /// Its place in the answer's list.
    var item: Int
    var head: Int
    var rows: Int
    /// The address of the first key, by which the cache is known.
    var cache: UnsafeMutableRawPointer
    var first: Int
    var last: Int

    func readsSame(as other: Entry) -> Bool {
      cache == other.cache && head == other.head && first == other.first && last == other.last
    }

    /// True if it comes before another one, where entries of the same tokens are neighbours.
    func precedes(_ other: Entry) -> Bool {
      if cache != other.cache { return cache < other.cache }
      if head != other.head { return head < other.head }
      if first != other.first { return first < other.first }
      return (last, source) < (other.last, other.source)
    }
  }

  /// The most rows that read a chunk together: those of 16 answers with three heads in a group and two places a chunk.
  private static let mostRows = 96

  /// True to keep every row's bits as they are by itself: fewer rows read a chunk together then.
  var keepsBits = true
  private let workspaces: [QueryWorkspace]
  /// The most rows that fit a workspace.
  private let capacity: Int
  private var sources: [(attention: SegmentedAttention, step: SegmentedAttention.Step)] = []
  private var entries: [Entry] = []
  private var groups: [Range<Int>] = []

  /// Reserves the memory.
  ///
  /// - Parameters:
  ///   - c: The model's configuration.
  ///   - threads: The number of threads that take part, which is that of every answer's attention.
  /// - Throws: `ModelError` when memory cannot be allocated.
  init(_ c: ModelConfiguration, threads: Int) throws(ModelError) {
    let tokens = (Self.mostRows + c.group - 1) / c.group
    capacity = tokens * c.group
    var workspaces: [QueryWorkspace] = []
    for _ in 0..<max(1, threads) {
      workspaces.append(try QueryWorkspace(c, tokens: tokens, places: 1, segments: 1, chunkTokens: capacity))
    }
    self.workspaces = workspaces
  }

  /// Attends the chunks that answers have listed.
  func attend(_ steps: some Sequence<(SegmentedAttention, SegmentedAttention.Step)>) {
    sources.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    for (attention, step) in steps where step.isListed {
      for (index, item) in attention.attender.items.enumerated() {
        let tokens = item.tokens ?? 0..<item.cache.shape.tokens
        entries.append(
          Entry(
            source: sources.count,
            item: index,
            head: item.head,
            rows: item.rows,
            cache: item.cache.keys(layer: 0, head: 0),
            first: tokens.lowerBound,
            last: tokens.upperBound
          )
        )
      }
      sources.append((attention, step))
    }
    entries.sort { $0.precedes($1) }
    group()
    inParallel(threads: workspaces.count, count: groups.count) { thread, index in
      attend(groups[index], thread: thread)
    }
  }

  /// Groups neighbouring entries that read the same tokens, as far as their rows fit; one that does not is by itself.
  private func group() {
    let most = keepsBits ? Int(BRAID_FEW_ROWS) : capacity
    groups.removeAll(keepingCapacity: true)
    var first = 0
    while first < entries.count {
      var (last, rows) = (first + 1, entries[first].rows)
      while last < entries.count, entries[last].readsSame(as: entries[first]),
        rows + entries[last].rows <= most
      {
        rows += entries[last].rows
        last += 1
      }
      groups.append(first..<last)
      first = last
    }
  }

  private func attend(_ group: Range<Int>, thread: Int) {
    let first = entries[group.lowerBound]
    let source = sources[first.source]
    guard group.count > 1 else {
      source.attention.attender.attendListed(first.item, source.step.query, thread: thread)
      return
    }
    let workspace = workspaces[thread]
    var rows = 0
    for entry in entries[group] {
      let source = sources[entry.source]
      source.attention.attender.gather(entry.item, source.step.query, workspace, at: rows)
      rows += entry.rows
    }
    source.attention.kernel.attendGathered(
      source.attention.attender.items[first.item].cache,
      source.step.query,
      workspace,
      head: first.head,
      rows: rows,
      tokens: first.first..<first.last
    )
    rows = 0
    for entry in entries[group] {
      sources[entry.source].attention.attender.scatter(entry.item, workspace, at: rows)
      rows += entry.rows
    }
  }
}
