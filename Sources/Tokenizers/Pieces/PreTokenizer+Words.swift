extension PreTokenizer {
  /// The end of GPT-2's piece that starts at an index.
  static func gpt2(_ start: Int, _ text: Span<UInt8>, _ isolatesNumbers: Bool) -> Int {
    if text[start] == Ascii.apostrophe, let end = Contraction.end(start, text, anyCase: false) { return end }
    var (kind, length) = ScalarClass.at(start, in: text)
    var first = start
    if text[start] == Ascii.space, start + 1 < text.count {
      let (next, nextLength) = ScalarClass.at(start + 1, in: text)
      if next != .space, !(isolatesNumbers && next == .number) {
        (kind, length, first) = (next, nextLength, start + 1)
      }
    }
    switch kind {
    case .space:
      let run = Run(of: .space, from: start, in: text)
      let endsText = run.end == text.count
      return endsText || isolatesNumbers && ScalarClass.at(run.end, in: text).0 == .number
        ? run.end : run.leavingOne
    case .number where isolatesNumbers: return first + length
    default: return Run(of: kind, from: first + length, in: text).end
    }
  }

  /// The end of Llama 3's piece that starts at an index.
  static func llama3(_ start: Int, _ text: Span<UInt8>, _ mostNumbers: Int) -> Int {
    let byte = text[start]
    if byte == Ascii.apostrophe, let end = Contraction.end(start, text, anyCase: true) { return end }
    let (kind, length) = ScalarClass.at(start, in: text)
    let second = start + length
    let next = second < text.count ? ScalarClass.at(second, in: text).0 : nil
    switch kind {
    case .letter: return Run(of: .letter, from: second, in: text).end
    case .number: return Run(of: .number, from: start, in: text, most: mostNumbers).end
    case .other where next == .letter: return Run(of: .letter, from: second, in: text).end
    case .other: return newlines(from: Run(of: .other, from: second, in: text).end, text)
    case .space where next == .letter && !Ascii.endsLine(byte):
      return Run(of: .letter, from: second, in: text).end
    case .space where next == .other && byte == Ascii.space:
      return newlines(from: Run(of: .other, from: second, in: text).end, text)
    case .space: return Run(of: .space, from: start, in: text).endOfSpaces(in: text)
    }
  }

  private static func newlines(from start: Int, _ text: Span<UInt8>) -> Int {
    var end = start
    while end < text.count, Ascii.endsLine(text[end]) { end += 1 }
    return end
  }
}
