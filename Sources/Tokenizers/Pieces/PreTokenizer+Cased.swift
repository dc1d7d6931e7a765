extension PreTokenizer {
  /// The end of the piece that starts at an index, by the rule that tells upper and lower case apart.
  static func cased(_ start: Int, _ text: Span<UInt8>, _ mostNumbers: Int, _ contractions: Bool) -> Int {
    let byte = text[start]
    let (kind, length) = ScalarClass.at(start, in: text)
    let second = start + length
    // One character that is no letter, number or line end may stand before the word.
    let mayLead = kind == .other || kind == .space && !Ascii.endsLine(byte)
    let after = mayLead ? CasedWord(second, text) : nil
    let here = CasedWord(start, text)
    if let end = after?.ordinaryEnd ?? here.ordinaryEnd ?? after?.upperEnd ?? here.upperEnd {
      guard contractions, end < text.count, text[end] == Ascii.apostrophe else { return end }
      return Contraction.end(end, text, anyCase: true) ?? end
    }
    switch kind {
    // A letter is always a word.
    case .letter: return second
    case .number: return Run(of: .number, from: start, in: text, most: mostNumbers).end
    case .other: return lineEnds(from: Run(of: .other, from: second, in: text).end, text)
    case .space:
      if byte == Ascii.space, second < text.count, ScalarClass.at(second, in: text).0 == .other {
        return lineEnds(from: Run(of: .other, from: second, in: text).end, text)
      }
      return Run(of: .space, from: start, in: text).endOfSpaces(in: text)
    }
  }

  private static func lineEnds(from start: Int, _ text: Span<UInt8>) -> Int {
    var end = start
    while end < text.count, Ascii.endsLine(text[end]) || text[end] == Ascii.slash { end += 1 }
    return end
  }
}

/// The word at an index for a rule that tells upper and lower case apart. Letters without case and marks count
/// as both.
private struct CasedWord {
  /// The end of `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`; nil for no match.
  let ordinaryEnd: Int?
  /// The end of `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`; nil for no match.
  let upperEnd: Int?

  init(_ start: Int, _ text: Span<UInt8>) {
    var end = start
    var endOfLastCaseless: Int?
    while end < text.count {
      let (category, length) = Self.category(end, text)
      guard category == .upper || category == .caseless || category == .mark else { break }
      end += length
      if category != .upper { endOfLastCaseless = end }
    }
    let startsUpper = end > start
    let upper = end
    while end < text.count {
      let (category, length) = Self.category(end, text)
      guard category == .lower || category == .caseless || category == .mark else { break }
      end += length
    }
    // Without a lower-case letter behind them, the first characters end with the last one that counts as one.
    ordinaryEnd = end > upper ? end : endOfLastCaseless
    upperEnd = startsUpper ? end : nil
  }

  @inline(__always)
  private static func category(_ index: Int, _ text: Span<UInt8>) -> (ScalarCategory, Int) {
    let sequence = UTF8Sequence(text, at: index)
    return (ScalarCategory.of(sequence.scalar), sequence.count)
  }
}
