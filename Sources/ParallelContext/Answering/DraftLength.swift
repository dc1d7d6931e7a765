/// The number of tokens that are worth drafting, by how often drafts of the same answer were right and what they cost.
///
/// Where each token of a draft agrees with probability p if those before it do, a run of n rows gives
///
///     tokens(n) = 1 + p + ... + p^(n - 1)
///
/// tokens in the time of 1 + (n - 1) c rows by themselves. The best n is taken; it is 1, which drafts nothing, where
/// p is below c. Both are estimated as the answer grows: p from what agreed, c from the times of runs. The cost of a
/// row differs from a tenth of a row by itself to more than a whole one, by processor, precision and context.
package struct DraftLength: Sendable {
  /// The most rows of a run: the token before the draft, and the draft.
  package static let mostRows = 8

  /// The share of the last observation in an estimate.
  private static let pace = 0.125
  /// The probabilities before anything was observed.
  private static let priorRates = [0.4, 0.6, 0.8]
  /// The cost before anything was observed.
  private static let priorCost = 0.25
  /// The costs that one observation may have: the machine may have been busy with other things.
  private static let costs = 0.02...2.0
  /// The share by which a cost returns to ``priorCost`` with each row by itself, so that no estimate is for ever.
  private static let recovery = 1.0 / 64

  /// The probability that a drafted token agrees: after matches of 2, of 3 and 4, and of more tokens.
  private var rates = priorRates
  /// The time that a further row adds to a run, of the time of a row by itself.
  private var cost = priorCost
  /// The seconds of a row by itself; nil before one was run.
  private var single: Double?

  package init() {}

  /// The number of rows to run, the token before the draft counted.
  ///
  /// - Parameters:
  ///   - match: The length of the match, in tokens.
  ///   - most: The most rows; at least 1.
  /// - Returns: From 1 to `most`; 1 until the time of a row by itself is known.
  package func rows(match: Int, most: Int) -> Int {
    guard single != nil else { return 1 }
    let rate = rates[Self.index(match)]
    var (best, bestGain) = (1, 1.0)
    var (expected, further) = (1.0, 1.0)
    for rows in stride(from: 2, through: min(most, Self.mostRows), by: 1) {
      further *= rate
      expected += further
      let gain = expected / (1 + Double(rows - 1) * cost)
      if gain > bestGain { (best, bestGain) = (rows, gain) }
    }
    return best
  }

  /// Takes note of whether a drafted token was right, also one that was looked up and not run.
  ///
  /// - Parameters:
  ///   - match: The length of the match, in tokens.
  ///   - agrees: True if the answer's token is the drafted one.
  package mutating func observe(match: Int, agrees: Bool) {
    let index = Self.index(match)
    rates[index] += Self.pace * ((agrees ? 1 : 0) - rates[index])
  }

  /// Takes note of the time of a run.
  ///
  /// - Parameters:
  ///   - rows: Its rows.
  ///   - seconds: Its time; 0 for one that was not measured, which changes nothing.
  package mutating func observe(rows: Int, seconds: Double) {
    guard rows > 0, seconds > 0 else { return }
    guard rows > 1 else {
      single = single.map { $0 + Self.pace * (seconds - $0) } ?? seconds
      cost += Self.recovery * (Self.priorCost - cost)
      return
    }
    guard let single else { return }
    let found = (seconds / single - 1) / Double(rows - 1)
    cost += Self.pace * (min(max(found, Self.costs.lowerBound), Self.costs.upperBound) - cost)
  }

  private static func index(_ match: Int) -> Int { match <= 2 ? 0 : match <= 4 ? 1 : 2 }
}
