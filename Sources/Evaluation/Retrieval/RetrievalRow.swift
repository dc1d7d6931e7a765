internal import ParallelContext
internal import Tables

/// The results of one policy, context, task and depth: means over the trials.
package struct RetrievalRow: TableRow, Sendable, Equatable {
  /// The policy, as it was given.
  package let policy: String
  /// Tokens of the context, needles included.
  package let context: Int
  /// Chunks the context was cut into; 1 for full attention.
  package let chunks: Int
  /// The task.
  package let task: String
  /// The depth of the first needle: 0 for the beginning of the context, 100 for its end.
  package let depthPercent: Int
  /// The number of questions asked.
  package private(set) var trials = 0
  /// The mean share of the expected values that an answer contains.
  package private(set) var accuracy = 0.0
  /// The mean share of layers, heads and tokens that attended the chunk of the needle; nil if all chunks are
  /// attended.
  package private(set) var selectionRecall: Double?
  /// The share of the needles whose chunk was attended as often as any other; nil if all chunks are attended.
  package private(set) var selectionTop: Double?
  /// Mean entropy of attention after selection, in nats; nil for full attention.
  package private(set) var entropyNats: Double?
  /// Seconds from the question to the first token, once chunks are encoded; with full attention the context
  /// is read in this time.
  package private(set) var timeToFirstTokenSeconds = 0.0
  /// Mean seconds per token after the first.
  package private(set) var secondsPerToken = 0.0

  /// Makes a row without answers.
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
  ///   - score: The share of the expected values that the answer contains.
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

  /// Computes the shares of attention that the chunks with needles had.
  ///
  /// - Parameters:
  ///   - uses: The number of rows that attended each chunk.
  ///   - rows: The number of all rows.
  ///   - gold: The chunks with needles.
  /// - Returns: The share of the rows that attended a needle's chunk, and the share of the needles whose
  ///   chunk was attended as often as any other; nil if all rows attended all chunks.
  package static func selection(uses: [Int], rows: Int, gold: [Int]) -> (recall: Double, top: Double)? {
    guard rows > 0, !gold.isEmpty, uses.contains(where: { $0 < rows }) else { return nil }
    let most = uses.max() ?? 0
    let attended = gold.reduce(0) { $0 + uses[$1] }
    let first = gold.count { uses[$0] == most }
    return (Double(attended) / Double(rows * gold.count), Double(first) / Double(gold.count))
  }

  /// Returns a mean with one more value in it; nil while there is none.
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
  /// The rows as lines of a table, one line for all depths.
  package var lines: [String] {
    guard let heading else { return [] }
    var table = Table(columns)
    cells.forEach { table.add($0) }
    return [heading] + table.lines
  }

  /// A heading with the number of trials; nil without rows.
  var heading: String? {
    first.map { "accuracy by depth, means of \(Quantities.counted($0.trials, "trial"))" }
  }

  /// The depths in the order of the rows.
  var depths: [Int] {
    reduce(into: []) { depths, row in
      if !depths.contains(row.depthPercent) { depths.append(row.depthPercent) }
    }
  }

  /// The columns of the table for people.
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

  /// Returns the mean over the rows that have the value; nil if none has.
  func mean(_ value: (RetrievalRow) -> Double?) -> Double? {
    let values = compactMap(value)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private static func cell(_ value: Double?, places: Int) -> String {
    value.map { Quantities.decimal($0, places: places) } ?? ""
  }
}
