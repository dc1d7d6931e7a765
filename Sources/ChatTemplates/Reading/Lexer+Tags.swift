extension Lexer {
  /// Cuts what stands between the delimiters of a tag, and its end.
  mutating func inside(isOutput: Bool) throws(ChatTemplateError) {
    brackets = []
    while position < source.count {
      if brackets.isEmpty, endTag(isOutput: isOutput) { return }
      let scalar = source[position]
      if scalar.isPythonSpace {
        advance(to: afterSpace(position))
      } else if let (number, end) = try number() {
        append(number)
        advance(to: end)
      } else if scalar == "_" || scalar.isLetter {
        let rest = source[position...]
        let end = rest.firstIndex { !($0 == "_" || $0.isLetter || $0.isDigit) } ?? source.count
        append(.name(Text(source[position..<end]).string))
        advance(to: end)
      } else if scalar == "'" || scalar == "\"" {
        try string(quote: scalar)
      } else {
        try symbol()
      }
    }
  }

  /// Takes the end of the tag, where it stands here.
  private mutating func endTag(isOutput: Bool) -> Bool {
    let sign = source[position]
    let isSigned = sign == "-" || !isOutput && sign == "+"
    let end = position + (isSigned ? 1 : 0)
    guard starts(isOutput ? "}}" : "%}", at: end) else { return false }
    append(isOutput ? .outputEnd : .tagEnd)
    advance(to: end + 2)
    if isSigned || !isOutput { trim(isSigned ? sign : nil) }
    return true
  }

  private mutating func symbol() throws(ChatTemplateError) {
    guard let symbol = Token.Symbol.at(source[position...]) else {
      throw ChatTemplateError(
        .syntax,
        line: line,
        "unexpected character \(String(source[position]).debugDescription) in a tag"
      )
    }
    switch symbol {
    case .leftBrace: brackets.append(.rightBrace)
    case .leftBracket: brackets.append(.rightBracket)
    case .leftParenthesis: brackets.append(.rightParenthesis)
    case .rightBrace, .rightBracket, .rightParenthesis:
      guard brackets.popLast() == symbol else {
        throw ChatTemplateError(.syntax, line: line, "\"\(symbol.rawValue)\" closes no bracket")
      }
    default: break
    }
    append(.symbol(symbol))
    advance(to: position + symbol.rawValue.utf8.count)
  }

  private mutating func string(quote: Unicode.Scalar) throws(ChatTemplateError) {
    var index = position + 1
    while index < source.count, source[index] != quote { index += source[index] == "\\" ? 2 : 1 }
    guard index < source.count else {
      throw ChatTemplateError(.syntax, line: line, "a string begins here that no \(quote) ends")
    }
    append(.text(try StringLiteral.value(source[(position + 1)..<index], line: line)))
    advance(to: index + 1)
  }
}

extension Unicode.Scalar {
  var isDigit: Bool { value >= 48 && value <= 57 }

  /// A letter of ASCII.
  fileprivate var isLetter: Bool { digit(base: 36).map { $0 > 9 } ?? false }

  /// The value of a digit in a base up to 36; nil for another character.
  func digit(base: Int) -> Int? {
    let digit: Int
    switch value {
    case 48...57: digit = Int(value) - 48
    case 65...90: digit = Int(value) - 55
    case 97...122: digit = Int(value) - 87
    default: return nil
    }
    return digit < base ? digit : nil
  }
}

extension Token.Symbol {
  fileprivate static func at(_ source: ArraySlice<Unicode.Scalar>) -> Self? {
    // Those of two characters come first.
    allCases.first { source.starts(with: $0.rawValue.unicodeScalars) }
  }
}
