/// A sequence of bytes that should be one character in UTF-8.
struct UTF8Sequence {
  enum Kind {
    /// A whole, well-formed character.
    case valid
    /// The longest beginning of a character that the next byte does not continue, or a byte that begins none.
    case invalid
    /// The beginning of a character, cut off by the end of the bytes.
    case incomplete
  }

  let kind: Kind
  /// The number of bytes, at least 1.
  let count: Int
  /// The scalar of a valid sequence, else U+FFFD.
  let scalar: UInt32

  private init(_ kind: Kind, _ count: Int, _ scalar: UInt32 = 0xFFFD) {
    self.kind = kind
    self.count = count
    self.scalar = scalar
  }

  /// Reads the sequence at an index, by the table of well-formed sequences of the Unicode standard (table
  /// 3-7).
  @inline(__always)
  init(_ bytes: Span<UInt8>, at index: Int) {
    let lead = bytes[index]
    if lead < 0x80 {
      self.init(.valid, 1, UInt32(lead))
    } else {
      self.init(beginningWith: lead, bytes, at: index)
    }
  }

  private init(beginningWith lead: UInt8, _ bytes: Span<UInt8>, at index: Int) {
    var second: ClosedRange<UInt8> = 0x80...0xBF
    let length: Int
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default:
      self.init(.invalid, 1)
      return
    }
    var scalar = UInt32(lead) & (0x7F >> UInt32(length))
    for offset in 1..<length {
      guard index + offset < bytes.count else {
        self.init(.incomplete, offset)
        return
      }
      let byte = bytes[index + offset]
      guard (offset == 1 ? second : 0x80...0xBF).contains(byte) else {
        self.init(.invalid, offset)
        return
      }
      scalar = scalar << 6 | UInt32(byte & 0x3F)
    }
    self.init(.valid, length, scalar)
  }
}
