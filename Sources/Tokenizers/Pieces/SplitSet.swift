/// A set of characters that a ``SplitStage`` looks for.
enum SplitSet: Sendable {
  /// `[\r\n]`
  case lineEnd
  /// `\p{L}`
  case letter
  /// `\p{N}`
  case number
  /// `\p{P}`
  case punctuation
  /// `\p{P}` of Unicode 8 and ASCII's symbols, what the package `tokenizers` takes for punctuation.
  case oldPunctuation
  /// The letters with case that DeepSeek LLM lists.
  case cased
  /// ``[!-/:-~！-／：-～‘-‟　-。]``: marks, and letters too.
  case marksAndLatin
  /// `[一-龥ࠀ-一가-퟿]`
  case eastern

  /// True if the character at an index is a member; and the character's length in bytes.
  @inline(__always)
  func contains(_ index: Int, _ text: Span<UInt8>) -> (Bool, Int) {
    let sequence = UTF8Sequence(text, at: index)
    return (contains(sequence.scalar), sequence.count)
  }

  /// The end of the run of members, or of others, from an index on.
  func endOfRun(of membership: Bool, from start: Int, limit: Int, in text: Span<UInt8>) -> Int {
    var index = start
    while index < limit {
      let (isMember, length) = contains(index, text)
      guard isMember == membership else { break }
      index += length
    }
    return index
  }

  private func contains(_ scalar: UInt32) -> Bool {
    switch self {
    case .lineEnd: return scalar == 0x0A || scalar == 0x0D
    case .letter: return ScalarClass.of(scalar) == .letter
    case .number: return ScalarClass.of(scalar) == .number
    case .punctuation:
      let category = ScalarCategory.of(scalar)
      return category == .punctuation || category == .laterPunctuation
    case .oldPunctuation:
      let category = ScalarCategory.of(scalar)
      // The last two were punctuation in Unicode 8.
      return category == .punctuation || category == .symbol && scalar < 0x80 || scalar == 0x166D
        || scalar == 0x111C9
    case .cased: return Self.isCased(scalar)
    case .marksAndLatin:
      switch scalar {
      case 0x21...0x2F, 0x3A...0x7E, 0xFF01...0xFF0F, 0xFF1A...0xFF5E, 0x2018...0x201F, 0x3000...0x3002:
        return true
      default: return false
      }
    case .eastern: return (0x800...0x9FA5).contains(scalar) || (0xAC00...0xD7FF).contains(scalar)
    }
  }

  private static func isCased(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return (scalar | 0x20) &- 0x61 < 26 }
    var low = 0
    var high = casedRanges.count
    while low < high {
      let middle = (low + high) / 2
      if casedRanges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < casedRanges.count && casedRanges[low].contains(scalar)
  }

  private static let casedRanges: [ClosedRange<UInt32>] = [
    0x0041...0x005A, 0x0061...0x007A, 0x00B5...0x00B5, 0x00C0...0x00D6, 0x00D8...0x00F6, 0x00F8...0x01BA,
    0x01BC...0x01BF, 0x01C4...0x0293, 0x0295...0x02AF, 0x0370...0x0373, 0x0376...0x0377, 0x037B...0x037D,
    0x037F...0x037F, 0x0386...0x0386, 0x0388...0x038A, 0x038C...0x038C, 0x038E...0x03A1, 0x03A3...0x03F5,
    0x03F7...0x0481, 0x048A...0x052F, 0x0531...0x0556, 0x10A0...0x10C5, 0x13A0...0x13F5, 0x13F8...0x13FD,
    0x1C90...0x1CBA, 0x1CBD...0x1CBF, 0x1D00...0x1D2B, 0x1D6B...0x1D77, 0x1D79...0x1D9A, 0x1E00...0x1F15,
    0x1F18...0x1F1D, 0x1F20...0x1F45, 0x1F48...0x1F4D, 0x1F50...0x1F57, 0x1F59...0x1F59, 0x1F5B...0x1F5B,
    0x1F5D...0x1F5D, 0x1F5F...0x1F7D, 0x1F80...0x1FB4, 0x1FB6...0x1FBC, 0x1FBE...0x1FBE, 0x1FC2...0x1FC4,
    0x1FC6...0x1FCC, 0x1FD0...0x1FD3, 0x1FD6...0x1FDB, 0x1FE0...0x1FEC, 0x1FF2...0x1FF4, 0x1FF6...0x1FFC,
    0x2102...0x2102, 0x2107...0x2107, 0x210A...0x2113, 0x2115...0x2115, 0x2119...0x211D, 0x2124...0x2124,
    0x2126...0x2126, 0x2128...0x2128, 0x212A...0x212D, 0x212F...0x2134, 0x2139...0x2139, 0x213C...0x213F,
    0x2145...0x2149, 0x214E...0x214E, 0x2183...0x2184, 0x2C00...0x2C7B, 0x2C7E...0x2CE4, 0x2CEB...0x2CEE,
    0x2CF2...0x2CF3, 0xA640...0xA66D, 0xA680...0xA69B, 0xA722...0xA76F, 0xA771...0xA787, 0xA78B...0xA78E,
    0xAB70...0xABBF, 0xFB00...0xFB06, 0xFB13...0xFB17, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0x10400...0x1044F,
    0x104B0...0x104D3, 0x104D8...0x104FB, 0x10C80...0x10CB2, 0x10CC0...0x10CF2, 0x118A0...0x118DF,
    0x1E900...0x1E943,
  ]
}
