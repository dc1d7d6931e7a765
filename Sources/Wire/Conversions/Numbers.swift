// The numbers of a message are checked here, once, so that its receiver can use them without further checks.

extension Int {
  /// Reads a number from a message.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - field: The field's name, for errors.
  ///   - limit: The largest number that is allowed.
  /// - Throws: ``WireError/outOfRange(field:value:limit:)``.
  init(_ value: UInt64, _ field: String, limit: Int) throws(WireError) {
    guard let number = Int(exactly: value), number <= limit else {
      throw .outOfRange(field: field, value: value, limit: UInt64(clamping: limit))
    }
    self = number
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// Converts a number for a message.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - field: The field's name, for errors.
  /// - Throws: ``WireError`` when the number is negative or too large for the field.
  init(sending value: Int, _ field: String) throws(WireError) {
    guard value >= 0 else { throw .negative(field: field) }
    guard let number = Self(exactly: value) else {
      throw .outOfRange(field: field, value: UInt64(clamping: value), limit: UInt64(clamping: Self.max))
    }
    self = number
  }
}

extension Double {
  /// Reads a duration in seconds from a message.
  ///
  /// - Parameters:
  ///   - seconds: The duration.
  ///   - field: The field's name, for errors.
  /// - Throws: ``WireError`` when it is negative, not finite, or longer than ``WireProtocol/maximumSeconds``.
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
  /// The duration in milliseconds, clamped to 32 bits.
  var wireMilliseconds: UInt32 {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, carry) = milliseconds.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : UInt32(clamping: sum)
  }
}
