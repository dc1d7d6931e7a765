internal import Tables

/// The results of `braid bench query` for a number of questions that are answered at a time over one context. Times are
/// in seconds.
package struct ConcurrencyRow: Encodable, Sendable {
  /// Questions that were answered at a time.
  package var concurrency: Int
  /// All questions of a round.
  package var questions: Int
  /// Tokens of all answers by the time from the first question to the last token: the median of the rounds.
  package var tokensPerSecond: Double
  /// ``tokensPerSecond`` over that of one question after another; nil if that was not asked.
  package var timesAlone: Double?
  /// The time from a question to its first token: the median of all questions.
  package var timeToFirstTokenSeconds: Double
  /// The longest time to a first token: the median of the rounds.
  package var slowestFirstTokenSeconds: Double
  /// The time of a token of one answer: the median of all questions' means.
  package var secondsPerToken: Double
  /// The share of the answers whose tokens are those of the same question by itself; nil if that was not asked.
  package var identicalAnswers: Double?

  private enum CodingKeys: String, CodingKey {
    case concurrency, questions
    case tokensPerSecond = "tokens_per_second"
    case timesAlone = "times_alone"
    case timeToFirstTokenSeconds = "time_to_first_token_seconds"
    case slowestFirstTokenSeconds = "slowest_first_token_seconds"
    case secondsPerToken = "seconds_per_token"
    case identicalAnswers = "identical_answers"
  }
}

extension [QueryBenchmarkRow] {
  /// The table of the questions that were answered together; empty if there were none.
  var concurrency: [String] {
    guard contains(where: { $0.together != nil }) else { return [] }
    var table = Table([
      ("context", .right), ("questions", .right), ("at a time", .right), ("tokens/s", .right),
      ("x alone", .right), ("first token ms", .right), ("slowest", .right), ("token ms", .right),
      ("same answers", .right),
    ])
    for row in self {
      for together in row.together ?? [] {
        table.add([
          Quantities.count(row.context), Quantities.count(together.questions),
          Quantities.count(together.concurrency), Quantities.decimal(together.tokensPerSecond, places: 1),
          together.timesAlone.map { Quantities.decimal($0, places: 2) } ?? "-",
          Quantities.decimal(together.timeToFirstTokenSeconds * 1000, places: 1),
          Quantities.decimal(together.slowestFirstTokenSeconds * 1000, places: 1),
          Quantities.decimal(together.secondsPerToken * 1000, places: 2),
          together.identicalAnswers.map { Quantities.decimal($0, places: 3) } ?? "-",
        ])
      }
    }
    return table.lines
  }
}
