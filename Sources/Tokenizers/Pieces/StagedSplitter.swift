/// Cuts text by several stages. It is working memory for one text at a time.
struct StagedSplitter {
  private let stages: [SplitStage]
  /// The ends of the pieces of what the first stage found.
  private var ends: [Int] = []
  private var finer: [Int] = []
  private var position = 0

  /// More memory than for this many pieces is not kept.
  private static let mostKept = 1 << 16

  init(_ stages: [SplitStage]) { self.stages = stages }

  /// The end of the piece that starts at an index, which is where the last one ended, or 0.
  mutating func end(ofPieceAt start: Int, in text: Span<UInt8>) -> Int {
    if position == ends.count { refill(from: start, in: text) }
    position += 1
    return ends[position - 1]
  }

  private mutating func refill(from start: Int, in text: Span<UInt8>) {
    if ends.capacity > Self.mostKept { (ends, finer) = ([], []) }
    ends.removeAll(keepingCapacity: true)
    position = 0
    ends.append(stages[0].end(ofPieceAt: start, limit: text.count, in: text))
    for stage in stages.dropFirst() {
      finer.removeAll(keepingCapacity: true)
      var start = start
      for limit in ends {
        while start < limit {
          start = stage.end(ofPieceAt: start, limit: limit, in: text)
          finer.append(start)
        }
      }
      swap(&ends, &finer)
    }
  }
}
