/// Growing pauses between attempts. Each is twice as long as the one before, up to a limit, and shortened at
/// random so that many workers do not come back at the same moment.
package struct Backoff: Hashable, Sendable {
  /// The length of the first pause before its random shortening.
  package let first: Duration
  /// The length of the longest pause.
  package let limit: Duration
  private var attempts = 0

  package init(first: Duration, limit: Duration) {
    self.first = first
    self.limit = limit
  }

  /// Returns the next pause.
  ///
  /// - Parameter generator: The source of randomness.
  /// - Returns: A random duration between half of the pause's length and all of it.
  package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    let whole = min(first * (1 << min(attempts, 20)), limit)
    attempts += 1
    return whole * Double.random(in: 0.5...1, using: &generator)
  }

  /// Starts over with the first pause.
  package mutating func reset() {
    attempts = 0
  }
}
