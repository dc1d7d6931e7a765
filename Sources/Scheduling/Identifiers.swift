/// A point in time on the caller's monotonic clock, in nanoseconds since a start of the clock's own choice.
///
/// The scheduler never reads a clock: every event carries the time at which it happened.
package struct Instant: InstantProtocol, Hashable, Sendable {
  /// Nanoseconds since the clock's start.
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Returns the point in time that lies `duration` later, clamped to what 64 bits hold.
  package func advanced(by duration: Duration) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
    return Instant(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  /// Returns the time from this point to `other`, negative if `other` lies before it.
  package func duration(to other: Instant) -> Duration {
    .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
  }

  package static func < (first: Instant, second: Instant) -> Bool {
    first.nanoseconds < second.nanoseconds
  }

  static func + (instant: Instant, duration: Duration) -> Instant {
    instant.advanced(by: duration)
  }
}

extension Duration {
  /// The duration in whole nanoseconds, clamped to about 292 years in either direction.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : sum
  }

  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// The identifier of one registration of a worker process; a worker that registers again gets another one.
package struct WorkerID: Hashable, Sendable, CustomStringConvertible {
  /// The session number that the coordinator gave.
  package var rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// `worker` and the session number.
  package var description: String { "worker \(rawValue)" }
}

/// The identifier of a job, the encoding of one document.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier's 128 bits.
  package var rawValue: UInt128

  package init(rawValue: UInt128) {
    self.rawValue = rawValue
  }

  /// The 128 bits in hexadecimal, 32 digits.
  package var description: String {
    let digits = String(rawValue, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}

/// The number of a model among those of one coordinator, from 0.
package struct ModelIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The model's place in the coordinator's list.
  package var rawValue: Int

  package init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// The model of a coordinator that has one, and of requests that name none.
  package static let first = ModelIndex(rawValue: 0)

  /// `model` and the number.
  package var description: String { "model \(rawValue)" }

  /// Returns true if the first model comes before the second.
  package static func < (first: ModelIndex, second: ModelIndex) -> Bool {
    first.rawValue < second.rawValue
  }
}

/// The fencing token of a lease: it grows with each lease, and none is ever used twice.
package struct LeaseToken: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number that travels in messages and frames.
  package var rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// `lease` and the number.
  package var description: String { "lease \(rawValue)" }

  /// Returns true if the first lease was granted before the second.
  package static func < (first: LeaseToken, second: LeaseToken) -> Bool {
    first.rawValue < second.rawValue
  }
}
