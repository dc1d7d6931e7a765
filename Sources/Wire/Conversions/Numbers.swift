// What a message says in numbers is checked here, once: whoever gets a message can work with what it holds.

extension Int {
  /// A number of a peer's.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - field: The name of what it counts, for errors.
  ///   - limit: The most that it may be.
  /// - Throws: ``WireError/outOfRange(field:value:limit:)``.
  init(_ value: UInt64, _ field: String, limit: Int) throws(WireError) {
    guard let number = Int(exactly: value), number <= limit else {
      throw .outOfRange(field: field, value: value, limit: UInt64(clamping: limit))
    }
    self = number
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// A number of this side's, as messages hold it.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - field: The name of what it counts, for errors.
  /// - Throws: ``WireError`` when the message has no room for it.
  init(sending value: Int, _ field: String) throws(WireError) {
    guard value >= 0 else { throw .negative(field: field) }
    guard let number = Self(exactly: value) else {
      throw .outOfRange(field: field, value: UInt64(clamping: value), limit: UInt64(clamping: Self.max))
    }
    self = number
  }
}

extension Double {
  /// A time that a peer says something took, in seconds.
  ///
  /// - Parameters:
  ///   - seconds: The time.
  ///   - field: The name of what took it, for errors.
  /// - Throws: ``WireError`` when it is negative, no number, or longer than ``WireProtocol/maximumSeconds``.
  init(seconds: Double, _ field: String) throws(WireError) {
    guard seconds.isFinite else { throw .notFinite(field: field) }
    guard seconds >= 0 else { throw .negative(field: field) }
    guard seconds <= WireProtocol.maximumSeconds else {
      throw .outOfRange(
        field: field,
        value: UInt64(exactly: seconds.rounded(.up)) ?? .max,
        limit: UInt64(WireProtocol.maximumSeconds)
      )
    }
    self = seconds
  }
}

extension Duration {
  /// The duration in milliseconds, as far as messages can hold it.
  var wireMilliseconds: UInt32 {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, carry) = milliseconds.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : UInt32(clamping: sum)
  }
}
