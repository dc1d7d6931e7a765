internal import Failures

/// A message or frame that cannot be taken as it is.
package struct WireError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The peer speaks another version of the protocol.
    case protocolVersion
    /// A control message or body is larger than allowed.
    case tooLarge
    /// A control message or body is no message of this protocol.
    case malformed
    /// A frame is shorter than its header, or does not begin like one.
    case notAFrame
    /// A frame's header was changed on its way.
    case headerDamaged
    /// A frame's payload was changed on its way: it is to be sent again.
    case payloadDamaged
    /// A number in a header or message lies outside of what was agreed.
    case outOfRange
    /// A number in a message is negative and must not be.
    case negative
    /// A number in a message is infinite or none.
    case notFinite
    /// A message leaves out what it must say.
    case missing
    /// A message names something of which this side knows no such number.
    case unknown
    /// A lease cannot be worked on, for the reason that is the cause.
    case unusableLease
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String
  /// The fault of an unusable lease, or the error of the messages' decoder.
  package let cause: (any Error)?
  /// The token of an unusable lease, so that it can be given back; nil for everything else.
  package let leaseToken: UInt64?

  private init(_ code: Code, _ message: String, cause: (any Error)? = nil, leaseToken: UInt64? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
    self.leaseToken = leaseToken
  }
}

extension WireError {
  /// The peer speaks another version of the protocol.
  package static func protocolVersion(theirs: UInt32, ours: UInt32) -> WireError {
    WireError(
      .protocolVersion,
      "the peer speaks protocol version \(theirs), this side speaks version \(ours); run the same release on both"
    )
  }

  /// A control message or body is larger than allowed.
  package static func tooLarge(what: String, bytes: Int, limit: Int) -> WireError {
    WireError(.tooLarge, "a \(what) of \(bytes) bytes is over the limit of \(limit) bytes")
  }

  /// A control message or body is no message of this protocol.
  package static func malformed(what: String, reason: String, cause: (any Error)? = nil) -> WireError {
    WireError(.malformed, "a \(what) cannot be read: \(reason)", cause: cause)
  }

  /// A frame is shorter than its header, or does not begin like one.
  package static let notAFrame = WireError(.notAFrame, "a message on the bulk socket is no frame")

  /// A frame's header was changed on its way.
  package static let headerDamaged = WireError(.headerDamaged, "a frame's header does not match its checksum")

  /// A frame's payload was changed on its way.
  package static func payloadDamaged(expected: UInt32, actual: UInt32) -> WireError {
    WireError(
      .payloadDamaged,
      "a frame's payload has checksum \(hexadecimal(actual)), its header says \(hexadecimal(expected))"
    )
  }

  /// A number in a header or message lies outside of what was agreed.
  package static func outOfRange(field: String, value: UInt64, limit: UInt64) -> WireError {
    WireError(.outOfRange, "\(field) is \(value), the limit is \(limit)")
  }

  /// A number in a message is negative and must not be.
  package static func negative(field: String) -> WireError { WireError(.negative, "\(field) is negative") }

  /// A number in a message is infinite or none.
  package static func notFinite(field: String) -> WireError {
    WireError(.notFinite, "\(field) is no finite number")
  }

  /// A message leaves out what it must say.
  package static func missing(field: String) -> WireError { WireError(.missing, "\(field) is missing") }

  /// A message names something of which this side knows no such number.
  package static func unknown(field: String, number: Int) -> WireError {
    WireError(
      .unknown,
      "\(field) has the number \(number), which this side does not know; run the same release on both"
    )
  }

  /// A lease cannot be worked on.
  static func unusableLease(token: UInt64, _ cause: WireError) -> WireError {
    WireError(
      .unusableLease,
      "a lease cannot be worked on: \(cause.message)",
      cause: cause,
      leaseToken: token
    )
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
