internal import ParallelContext
internal import Tables

/// One policy, context, task and depth: means over the trials.
package struct RetrievalRow: TableRow, Sendable, Equatable {
  /// The policy, as it was given.
  package let policy: String
  /// Tokens of the context, needles included.
  package let context: Int
  /// Chunks the context was cut into; 1 for full attention.
  package let chunks: Int
  /// What was hidden and asked for.
  package let task: String
  /// Where the needle lay: 0 for the begin of the context, 100 for its end.
  package let depthPercent: Int
  /// Questions asked.
  package private(set) var trials = 0
  /// Mean share of the expected values that an answer holds.
  package private(set) var accuracy = 0.0
  /// Mean share of layers, heads and tokens that attended the chunk of the needle; nil where all chunks are
  /// attended.
  package private(set) var selectionRecall: Double?
  /// Share of the needles whose chunk was attended as often as any other; nil where all chunks are attended.
  package private(set) var selectionTop: Double?
  /// Mean entropy of attention after selection, in nats; nil for full attention.
  package private(set) var entropyNats: Double?
  /// From the question to the first token, chunks being encoded; full attention reads the context in it.
  package private(set) var timeToFirstTokenSeconds = 0.0
  /// Between tokens, on average, after the first.
  package private(set) var secondsPerToken = 0.0

  /// A row to which nothing was added.
  package init(policy: String, context: Int, chunks: Int, task: RetrievalTask, depthPercent: Int) {
    self.policy = policy
    self.context = context
    self.chunks = chunks
    self.task = task.rawValue
    self.depthPercent = depthPercent
  }

  /// Adds one trial.
  ///
  /// - Parameters:
  ///   - score: The share of the expected values that the answer holds.
  ///   - answer: The answer.
  ///   - gold: The chunks with the needles asked for.
  package mutating func add(score: Double, answer: EvaluatedAnswer, gold: [Int]) {
    let selection = answer.statistics.flatMap {
      Self.selection(uses: $0.chunkUses, rows: $0.rowCount, gold: gold)
    }
    selectionRecall = Self.mean(selectionRecall, over: trials, with: selection?.recall)
    selectionTop = Self.mean(selectionTop, over: trials, with: selection?.top)
    entropyNats = Self.mean(entropyNats, over: trials, with: answer.statistics?.meanEntropy)
    accuracy = Self.mean(accuracy, over: trials, with: score) ?? 0
    timeToFirstTokenSeconds =
      Self.mean(timeToFirstTokenSeconds, over: trials, with: answer.timeToFirstToken) ?? 0
    secondsPerToken = Self.mean(secondsPerToken, over: trials, with: answer.secondsPerToken) ?? 0
    trials += 1
  }

  /// How often the chunks with needles were attended.
  ///
  /// - Parameters:
  ///   - uses: How often each chunk was attended.
  ///   - rows: Of how many times.
  ///   - gold: The chunks with needles.
  /// - Returns: The share of the times, and the share of the needles whose chunk was attended as often as any
  ///   other; nil where all chunks always were.
  package static func selection(uses: [Int], rows: Int, gold: [Int]) -> (recall: Double, top: Double)? {
    guard rows > 0, !gold.isEmpty, uses.contains(where: { $0 < rows }) else { return nil }
    let most = uses.max() ?? 0
    let attended = gold.reduce(0) { $0 + uses[$1] }
    let first = gold.count { uses[$0] == most }
    return (Double(attended) / Double(rows * gold.count), Double(first) / Double(gold.count))
  }

  /// A mean with one more value in it; nil while there is none.
  private static func mean(_ mean: Double?, over count: Int, with value: Double?) -> Double? {
    guard let value else { return mean }
    guard let mean else { return value }
    return mean + (value - mean) / Double(count + 1)
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case policy, context, chunks, task
    case depthPercent = "depth_percent"
    case trials, accuracy
    case selectionRecall = "selection_recall"
    case selectionTop = "selection_top"
    case entropyNats = "entropy_nats"
    case timeToFirstTokenSeconds = "time_to_first_token_seconds"
    case secondsPerToken = "seconds_per_token"
  }

  /// The keys in the order in which they are declared.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension [RetrievalRow] {
  /// The rows as a table, one line for all depths.
  package var lines: [String] {
    guard let heading else { return [] }
    var table = Table(columns)
    cells.forEach { table.add($0) }
    return [heading] + table.lines
  }

  /// What all rows have in common; nil without rows.
  var heading: String? {
    first.map { "accuracy by depth, means of \(Quantities.counted($0.trials, "trial"))" }
  }

  /// The depths in the order in which they come.
  var depths: [Int] {
    reduce(into: []) { depths, row in
      if !depths.contains(row.depthPercent) { depths.append(row.depthPercent) }
    }
  }

  /// The columns for people.
  var columns: [(title: String, alignment: Table.Alignment)] {
    [("context", .right), ("task", .left), ("policy", .left), ("chunks", .right)]
      + depths.map { ("\($0) %", .right) }
      + [
        ("accuracy", .right), ("recall", .right), ("top", .right), ("entropy", .right),
        ("first token", .right), ("per token", .right),
      ]
  }

  /// The cells of these columns, a row for each context, task and policy.
  var cells: [[String]] {
    let depths = depths
    var groups: [[RetrievalRow]] = []
    for row in self {
      let index = groups.firstIndex { group in
        group[0].context == row.context && group[0].task == row.task && group[0].policy == row.policy
      }
      if let index { groups[index].append(row) } else { groups.append([row]) }
    }
    return groups.map { group in
      let row = group[0]
      return [Quantities.count(row.context), row.task, row.policy, String(row.chunks)]
        + depths.map { depth in
          Self.cell(group.first { $0.depthPercent == depth }?.accuracy, places: 2)
        }
        + [
          Self.cell(group.mean(\.accuracy), places: 3), Self.cell(group.mean(\.selectionRecall), places: 3),
          Self.cell(group.mean(\.selectionTop), places: 2), Self.cell(group.mean(\.entropyNats), places: 2),
          group.mean(\.timeToFirstTokenSeconds).map(Quantities.seconds) ?? "",
          group.mean(\.secondsPerToken).map { Quantities.decimal($0 * 1000, places: 1) + " ms" } ?? "",
        ]
    }
  }

  /// The mean over the rows that have the value; nil when none has.
  func mean(_ value: (RetrievalRow) -> Double?) -> Double? {
    let values = compactMap(value)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private static func cell(_ value: Double?, places: Int) -> String {
    value.map { Quantities.decimal($0, places: places) } ?? ""
  }
}
