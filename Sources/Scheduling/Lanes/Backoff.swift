/// Growing pauses between attempts: doubled each time up to a limit, each shortened by chance so that many
/// workers do not come back at the same moment.
package struct Backoff: Hashable, Sendable {
  /// The first pause at its longest.
  package let first: Duration
  /// The longest pause.
  package let limit: Duration
  private var attempts = 0

  /// Makes a sequence of pauses.
  package init(first: Duration, limit: Duration) {
    self.first = first
    self.limit = limit
  }

  /// Makes the next pause.
  ///
  /// - Parameter generator: Where chance comes from.
  /// - Returns: Between a half and the whole of the pause's length.
  package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let whole = min(first * (1 << min(attempts, 20)), limit)
    attempts += 1
    return whole * Double.random(in: 0.5...1, using: &generator)
  }

  /// Begins again with the first pause.
  package mutating func reset() {
    attempts = 0
  }
}
