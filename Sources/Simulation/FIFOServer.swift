/// Something that serves one after the other, in the order of arrival: a link, or the coordinator's processor.
struct FIFOServer {
  private var freeAt: Int64 = 0
  /// Nanoseconds that it has been at work.
  private(set) var busy: Int64 = 0

  /// After everything that a simulation looks at, and early enough for what follows to be added to it.
  private static let never: Int64 = .max / 2

  /// Serves what arrives now.
  ///
  /// - Returns: When it is done with it.
  mutating func serve(at now: Int64, nanoseconds: Int64) -> Int64 {
    freeAt = min(max(freeAt, now).saturatingSum(nanoseconds), Self.never)
    busy = busy.saturatingSum(nanoseconds)
    return freeAt
  }
}

/// Whole nanoseconds of so many seconds: at least 0, at most about 30 years.
func inNanoseconds(_ seconds: Double) -> Int64 {
  seconds.isFinite ? Int64((max(0, min(seconds, 1e9)) * 1e9).rounded()) : 1_000_000_000_000_000_000
}

extension Int64 {
  /// The sum, or the largest number where it would be larger.
  func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? .max : sum
  }
}

extension Duration {
  /// Whole nanoseconds, at most about 30 years.
  var wholeNanoseconds: Int64 {
    inNanoseconds(Double(components.seconds) + Double(components.attoseconds) * 1e-18)
  }
}
