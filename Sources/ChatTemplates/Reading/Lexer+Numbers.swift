extension Lexer {
  /// The number that begins here and its end; nil where none does.
  ///
  /// A number with a point or an exponent begins with a digit that no point precedes; `x.1.2` has none.
  func number() throws(ChatTemplateError) -> (Token.Kind, end: Int)? {
    guard source[position].isDigit else { return nil }
    if !(position > 0 && source[position - 1] == "."), let end = fractionEnd() {
      guard let value = Double(digits(position..<end)), value.isFinite else { throw tooLarge() }
      return (.number(value), end)
    }
    return try integer()
  }

  private func digits(_ range: Range<Int>) -> String { Text(source[range].filter { $0 != "_" }).string }

  /// The end of a run of digits with single underscores between them; nil for none.
  private func run(from start: Int, base: Int = 10) -> Int? {
    var end = start
    while end < source.count {
      let isGap = end > start && source[end] == "_" && end + 1 < source.count
      let index = isGap ? end + 1 : end
      guard source[index].digit(base: base) != nil else { break }
      end = index + 1
    }
    return end > start ? end : nil
  }

  private func fractionEnd() -> Int? {
    guard var end = run(from: position) else { return nil }
    var isFraction = false
    if starts(".", at: end), let fraction = run(from: end + 1) {
      end = fraction
      isFraction = true
    }
    if starts("e", at: end) || starts("E", at: end) {
      let isSigned = starts("+", at: end + 1) || starts("-", at: end + 1)
      if let exponent = run(from: end + (isSigned ? 2 : 1)) { return exponent }
    }
    return isFraction ? end : nil
  }

  private func integer() throws(ChatTemplateError) -> (Token.Kind, end: Int)? {
    var base = 10
    var start = position
    if source[position] == "0" {
      let prefixes: [(StaticString, StaticString, Int)] = [
        ("0b", "0B", 2), ("0o", "0O", 8), ("0x", "0X", 16),
      ]
      for (lower, upper, radix) in prefixes where starts(lower, at: position) || starts(upper, at: position) {
        let first = starts("_", at: position + 2) ? position + 3 : position + 2
        if run(from: first, base: radix) != nil {
          base = radix
          start = first
        }
      }
      // Zeros before other digits are a number of their own, which no expression can continue.
      if base == 10 { return (.integer(0), run(from: position, base: 1) ?? position + 1) }
    }
    guard let end = run(from: start, base: base) else { return nil }
    guard let value = Int(digits(start..<end), radix: base) else { throw tooLarge() }
    return (.integer(value), end)
  }

  private func tooLarge() -> ChatTemplateError {
    ChatTemplateError(.limit, line: line, "a number is too large: write one below 2^63")
  }
}
