/// An error in a message or frame.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The peer speaks another version of the protocol.
  case protocolVersion(theirs: UInt32, ours: UInt32)

  /// A control message or body is larger than allowed.
  case tooLarge(what: String, bytes: Int, limit: Int)

  /// A control message or body is no message of this protocol.
  case malformed(what: String, reason: String)

  /// A frame is shorter than its header, or does not begin like one.
  case notAFrame

  /// A frame's header was changed on its way.
  case headerDamaged

  /// A frame's payload was changed on its way; it must be sent again.
  case payloadDamaged(expected: UInt32, actual: UInt32)

  /// A number in a header or message is outside of its range.
  case outOfRange(field: String, value: UInt64, limit: UInt64)

  /// A number in a message is negative, and must not be.
  case negative(field: String)

  /// A number in a message is infinite or not a number.
  case notFinite(field: String)

  /// A message lacks a required field.
  case missing(field: String)

  /// A message has a value of an enumeration that this side does not know.
  case unknown(field: String, number: Int)

  /// A lease cannot be worked on; its token is known, so the lease can be given back.
  case unusableLease(token: UInt64, reason: String)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .protocolVersion(let theirs, let ours):
      "the peer speaks protocol version \(theirs), this side speaks version \(ours); "
        + "run the same release on both"
    case .tooLarge(let what, let bytes, let limit):
      "a \(what) of \(bytes) bytes is over the limit of \(limit) bytes"
    case .malformed(let what, let reason): "a \(what) cannot be read: \(reason)"
    case .notAFrame: "a message on the bulk socket is no frame"
    case .headerDamaged: "a frame's header does not match its checksum"
    case .payloadDamaged(let expected, let actual):
      "a frame's payload has checksum \(Self.hexadecimal(actual)), "
        + "its header says \(Self.hexadecimal(expected))"
    case .outOfRange(let field, let value, let limit):
      "\(field) is \(value), the limit is \(limit)"
    case .negative(let field): "\(field) is negative"
    case .notFinite(let field): "\(field) is no finite number"
    case .missing(let field): "\(field) is missing"
    case .unknown(let field, let number):
      "\(field) has the number \(number), which this side does not know; run the same release on both"
    case .unusableLease(_, let reason): "a lease cannot be worked on: \(reason)"
    }
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
