/// Lines about the rounds of a benchmark, the first of which does not count.
package enum RoundText {
  /// A line about a round that begins.
  ///
  /// - Parameters:
  ///   - round: The round, 0 for the one that does not count.
  ///   - repetitions: The rounds that count.
  /// - Returns: The line.
  package static func line(_ round: Int, of repetitions: Int) -> String {
    round == 0 ? "warm-up" : "repetition \(round) of \(repetitions)"
  }
}
