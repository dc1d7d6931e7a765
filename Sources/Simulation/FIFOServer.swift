/// A server that serves one after the other, in the order of arrival: a link, or the coordinator's processor.
struct FIFOServer {
  private var freeAt: Int64 = 0
  /// Nanoseconds in which it has been busy.
  private(set) var busy: Int64 = 0

  /// A time after everything that a simulation looks at, and small enough to be added to.
  private static let never: Int64 = .max / 2

  /// Serves a request that arrives now.
  ///
  /// - Returns: The time at which it is done.
  mutating func serve(at now: Int64, nanoseconds: Int64) -> Int64 {
    freeAt = min(max(freeAt, now).saturatingSum(nanoseconds), Self.never)
    busy = busy.saturatingSum(nanoseconds)
    return freeAt
  }
}

/// Returns seconds in whole nanoseconds, at least 0, at most about 30 years.
func inNanoseconds(_ seconds: Double) -> Int64 {
  seconds.isFinite ? Int64((max(0, min(seconds, 1e9)) * 1e9).rounded()) : 1_000_000_000_000_000_000
}

extension Int64 {
  /// Returns the sum, or the largest number if it overflows.
  func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? .max : sum
  }
}

extension Duration {
  /// The duration in whole nanoseconds, at least 0, at most about 30 years.
  var wholeNanoseconds: Int64 {
    inNanoseconds(Double(components.seconds) + Double(components.attoseconds) * 1e-18)
  }
}
