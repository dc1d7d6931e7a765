internal import ParallelContext
internal import Tables

/// The results of one policy and context: means over the examples asked for.
package struct ManyShotRow: TableRow, Sendable, Equatable {
  /// The policy, as it was given.
  package let policy: String
  /// The most tokens of the examples shown.
  package let context: Int
  /// Tokens of the examples shown.
  package let contextTokens: Int
  /// Chunks they were cut into; 1 for full attention.
  package let chunks: Int
  /// The number of examples shown.
  package let shots: Int
  /// The number of examples asked for.
  package private(set) var trials = 0
  /// The share of these whose label was answered.
  package private(set) var accuracy = 0.0
  /// The share of these that have the most frequent label: the accuracy of always answering that label.
  package private(set) var majorityAccuracy = 0.0
  /// Mean entropy of attention after selection, in nats; nil for full attention.
  package private(set) var entropyNats: Double?
  /// Seconds from the question to the first token, once chunks are encoded; with full attention the examples
  /// are read in this time.
  package private(set) var timeToFirstTokenSeconds = 0.0
  /// Mean seconds per token after the first.
  package private(set) var secondsPerToken = 0.0

  package init(policy: String, context: Int, contextTokens: Int, chunks: Int, shots: Int) {
    self.policy = policy
    self.context = context
    self.contextTokens = contextTokens
    self.chunks = chunks
    self.shots = shots
  }

  /// Adds one example that was asked for.
  mutating func add(_ answer: EvaluatedAnswer, isRight: Bool, isMajority: Bool) {
    let share = 1 / Double(trials + 1)
    accuracy += ((isRight ? 1 : 0) - accuracy) * share
    majorityAccuracy += ((isMajority ? 1 : 0) - majorityAccuracy) * share
    timeToFirstTokenSeconds += (answer.timeToFirstToken - timeToFirstTokenSeconds) * share
    secondsPerToken += (answer.secondsPerToken - secondsPerToken) * share
    if let statistics = answer.statistics {
      let before = entropyNats ?? 0
      entropyNats = before + (statistics.meanEntropy - before) * share
    }
    trials += 1
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case policy, context
    case contextTokens = "context_tokens"
    case chunks, shots, trials, accuracy
    case majorityAccuracy = "majority_accuracy"
    case entropyNats = "entropy_nats"
    case timeToFirstTokenSeconds = "time_to_first_token_seconds"
    case secondsPerToken = "seconds_per_token"
  }

  /// The keys in the order in which they are declared.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension [ManyShotRow] {
  /// The rows as a table.
  package var lines: [String] {
    var table = Table([
      ("context", .right), ("shots", .right), ("policy", .left), ("chunks", .right), ("accuracy", .right),
      ("majority", .right), ("entropy", .right), ("first token", .right), ("per token", .right),
    ])
    for row in self {
      table.add([
        Quantities.count(row.context), Quantities.count(row.shots), row.policy, String(row.chunks),
        Quantities.decimal(row.accuracy, places: 3), Quantities.decimal(row.majorityAccuracy, places: 3),
        row.entropyNats.map { Quantities.decimal($0, places: 2) } ?? "",
        Quantities.seconds(row.timeToFirstTokenSeconds),
        Quantities.decimal(row.secondsPerToken * 1000, places: 1) + " ms",
      ])
    }
    guard let first else { return [] }
    return ["exact matches, \(Quantities.counted(first.trials, "trial"))"] + table.lines
  }
}
