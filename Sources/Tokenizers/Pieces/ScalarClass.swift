/// The classes of characters that most pre-tokenizers tell apart.
package enum ScalarClass: UInt8 {
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\s`
  case space
  case other

  /// The class of the character at an index, and its length in bytes.
  @inline(__always)
  static func at(_ index: Int, in text: Span<UInt8>) -> (ScalarClass, Int) {
    let byte = text[index]
    if byte < 0x80 { return (ascii(byte), 1) }
    let sequence = UTF8Sequence(text, at: index)
    return (of(sequence.scalar), sequence.count)
  }

  @inline(__always)
  private static func ascii(_ byte: UInt8) -> ScalarClass {
    if (byte | 0x20) &- 0x61 < 26 { return .letter }
    if byte == 0x20 || byte &- 9 < 5 { return .space }
    if byte &- 0x30 < 10 { return .number }
    return .other
  }

  /// The class of a character.
  package static func of(_ scalar: UInt32) -> ScalarClass {
    if scalar < 0x10000 { return ScalarClass(rawValue: basicPlane[Int(scalar)]) ?? .other }
    return ScalarClass(ScalarCategory.of(scalar))
  }

  private static let basicPlane: [UInt8] = (0..<0x10000).map {
    ScalarClass(ScalarCategory.of($0)).rawValue
  }

  private init(_ category: ScalarCategory) {
    switch category {
    case .upper, .lower, .caseless: self = .letter
    case .number: self = .number
    case .space: self = .space
    case .mark, .punctuation, .laterPunctuation, .symbol, .other: self = .other
    }
  }
}
