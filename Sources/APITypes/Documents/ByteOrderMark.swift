/// The bytes with which a text may name its encoding.
enum ByteOrderMark: CaseIterable {
  // The marks of UTF-32 first: that of its little-endian form begins like UTF-16's.
  case utf32LittleEndian, utf32BigEndian, utf16LittleEndian, utf16BigEndian, utf8

  private var bytes: [UInt8] {
    switch self {
    case .utf32LittleEndian: [0xFF, 0xFE, 0, 0]
    case .utf32BigEndian: [0, 0, 0xFE, 0xFF]
    case .utf16LittleEndian: [0xFF, 0xFE]
    case .utf16BigEndian: [0xFE, 0xFF]
    case .utf8: [0xEF, 0xBB, 0xBF]
    }
  }

  /// The mark at the beginning of a text; nil for none.
  static func of(_ text: [UInt8]) -> ByteOrderMark? { allCases.first { text.starts(with: $0.bytes) } }

  /// The text behind its mark in UTF-8; an invalid part becomes a byte that is invalid in UTF-8 too.
  func utf8(of text: [UInt8]) -> [UInt8] {
    let rest = text.dropFirst(bytes.count)
    switch self {
    case .utf8: return Array(rest)
    case .utf16LittleEndian: return Self.transcoded(rest, isLittleEndian: true, from: Unicode.UTF16.self)
    case .utf16BigEndian: return Self.transcoded(rest, isLittleEndian: false, from: Unicode.UTF16.self)
    case .utf32LittleEndian: return Self.transcoded(rest, isLittleEndian: true, from: Unicode.UTF32.self)
    case .utf32BigEndian: return Self.transcoded(rest, isLittleEndian: false, from: Unicode.UTF32.self)
    }
  }

  private static func transcoded<Encoding: Unicode.Encoding>(
    _ bytes: ArraySlice<UInt8>,
    isLittleEndian: Bool,
    from _: Encoding.Type
  ) -> [UInt8] {
    let width = Encoding.CodeUnit.bitWidth / 8
    let units = stride(from: bytes.startIndex, to: bytes.endIndex - width + 1, by: width).lazy.map { start in
      (0..<width).reduce(into: Encoding.CodeUnit.zero) { unit, place in
        unit |= Encoding.CodeUnit(bytes[start + place]) << (8 * (isLittleEndian ? place : width - 1 - place))
      }
    }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var (parser, iterator) = (Encoding.ForwardParser(), units.makeIterator())
    reading: while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        if let scalar = UTF8.encode(Encoding.decode(encoded)) { text.append(contentsOf: scalar) }
      case .error: text.append(invalid)
      case .emptyInput: break reading
      }
    }
    // A unit that is cut off.
    if !bytes.count.isMultiple(of: width) { text.append(invalid) }
    return text
  }

  /// A byte that UTF-8 never has.
  private static let invalid: UInt8 = 0xFF
}
