internal import Benchmarks
internal import Tables

/// Real encodings beside simulated ones, for a number of workers.
package struct ValidationRow: TableRow, Hashable, Sendable {
  /// Always `validation`.
  package let kind = "validation"
  /// Local workers, with a lane each.
  package var workers: Int
  /// Tokens of the document.
  package var tokens: Int
  /// The number of times it was encoded.
  package var repetitions: Int
  /// The median of the real ones.
  package var measuredSeconds: Double
  /// The median of the simulated ones.
  package var predictedSeconds: Double
  /// The median of simulated over real of the same round.
  package var ratio: Double
  /// The same for a simulation with the computing time that the real run reports: what is left of the difference
  /// does not come from the speed of the lanes.
  package var ownRateSeconds: Double
  /// The median of these over real ones of the same round.
  package var ownRateRatio: Double

  /// Sums rounds up.
  ///
  /// - Parameters:
  ///   - workers: Local workers, with a lane each.
  ///   - tokens: Tokens of the document.
  ///   - rounds: The rounds.
  package init(workers: Int, tokens: Int, rounds: [ValidationRound]) {
    self.workers = workers
    self.tokens = tokens
    repetitions = rounds.count
    measuredSeconds = median(rounds.map(\.measured))
    predictedSeconds = median(rounds.map(\.predicted))
    ratio = median(rounds.map { $0.predicted / $0.measured })
    ownRateSeconds = median(rounds.map(\.byOwnRate))
    ownRateRatio = median(rounds.map { $0.byOwnRate / $0.measured })
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, workers, tokens, repetitions
    case measuredSeconds = "measured_encode_s"
    case predictedSeconds = "simulated_encode_s"
    case ratio = "simulated_over_measured"
    case ownRateSeconds = "simulated_own_rate_s"
    case ownRateRatio = "simulated_own_rate_over_measured"
  }

  /// The keys in the order in which they are declared.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension [ValidationRow] {
  /// The rows for people.
  package var lines: [String] {
    var table = Table([
      ("workers", .right), ("tokens", .right), ("measured s", .right), ("simulated s", .right),
      ("ratio", .right),
      ("by the run's own rate s", .right), ("ratio", .right),
    ])
    for row in self {
      table.add([
        Quantities.count(row.workers), Quantities.count(row.tokens),
        Quantities.decimal(row.measuredSeconds, places: 2),
        Quantities.decimal(row.predictedSeconds, places: 2), Quantities.decimal(row.ratio, places: 3),
        Quantities.decimal(row.ownRateSeconds, places: 2), Quantities.decimal(row.ownRateRatio, places: 3),
      ])
    }
    return ["SIMULATION beside measurement: local workers with a lane each"] + table.lines
  }
}
