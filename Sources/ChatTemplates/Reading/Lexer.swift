/// Cuts a template's source into tokens, as jinja2's lexer does with `trim_blocks` and `lstrip_blocks`.
///
/// With the former a line end right behind a tag or comment goes with it, with the latter the white space between
/// the begin of a line and a tag or comment. Both leave `{{ }}` alone.
struct Lexer {
  let source: [Unicode.Scalar]
  var position = 0
  var line = 1
  var tokens: [Token] = []
  /// Whether what was read last ended with a line end, as the begin of the template does.
  private var isAtLineStart = true
  /// The brackets that are open in the present tag, by the ones that close them.
  var brackets: [Token.Symbol] = []

  /// Takes a template; all line ends become line feeds, and one at the very end is dropped.
  init(_ source: String) {
    var scalars: [Unicode.Scalar] = []
    var followsReturn = false
    for scalar in source.unicodeScalars {
      if scalar == "\r" {
        scalars.append("\n")
      } else if !(scalar == "\n" && followsReturn) {
        scalars.append(scalar)
      }
      followsReturn = scalar == "\r"
    }
    if scalars.last == "\n" { scalars.removeLast() }
    self.source = scalars
  }

  /// Cuts the whole source.
  mutating func cut() throws(ChatTemplateError) -> [Token] {
    while position < source.count {
      guard let begin = nextTag() else {
        append(.data(Text(source[position...])))
        break
      }
      switch source[begin + 1] {
      case "#":
        data(before: begin, isOutput: false)
        try comment()
      case "{":
        data(before: begin, isOutput: true)
        append(.outputBegin)
        try inside(isOutput: true)
      default:
        if let end = rawTag(at: begin) {
          data(before: begin, isOutput: false)
          advance(to: end)
          try raw()
        } else {
          data(before: begin, isOutput: false)
          append(.tagBegin)
          try inside(isOutput: false)
        }
      }
    }
    append(.end)
    return tokens
  }

  mutating func append(_ kind: Token.Kind) { tokens.append(Token(kind: kind, line: line)) }

  /// Moves on, counting lines.
  mutating func advance(to end: Int) {
    for index in position..<end where source[index] == "\n" { line += 1 }
    if end > position { isAtLineStart = source[end - 1] == "\n" }
    position = end
  }

  func starts(_ string: StaticString, at index: Int) -> Bool {
    guard index >= 0, index + string.utf8CodeUnitCount <= source.count else { return false }
    return string.withUTF8Buffer { bytes in
      bytes.indices.allSatisfy { source[index + $0].value == UInt32(bytes[$0]) }
    }
  }

  func afterSpace(_ index: Int) -> Int {
    source[index...].firstIndex { !$0.isPythonSpace } ?? source.count
  }

  private func nextTag() -> Int? {
    var index = position
    while index + 1 < source.count {
      if source[index] == "{", "{%#".unicodeScalars.contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  /// Takes the text before a tag, shortened as the tag's sign asks, and the begin of the tag with its sign.
  private mutating func data(before begin: Int, isOutput: Bool) {
    let sign = begin + 2 < source.count ? source[begin + 2] : nil
    let text = source[position..<begin]
    let kept = kept(text, sign: sign, isOutput: isOutput)
    if !kept.isEmpty { append(.data(Text(kept))) }
    let isSigned = sign == "-" || sign == "+"
    advance(to: begin + (isSigned ? 3 : 2))
  }

  private func kept(_ text: ArraySlice<Unicode.Scalar>, sign: Unicode.Scalar?, isOutput: Bool)
    -> ArraySlice<Unicode.Scalar>
  {
    if sign == "-" {
      let end = text.lastIndex { !$0.isPythonSpace }.map { $0 + 1 } ?? text.startIndex
      return text[..<end]
    }
    guard sign != "+", !isOutput else { return text }
    let lineEnd = text.lastIndex(of: "\n")
    guard lineEnd != nil || isAtLineStart else { return text }
    let lineStart = lineEnd.map { $0 + 1 } ?? text.startIndex
    return text[lineStart...].allSatisfy(\.isPythonSpace) ? text[..<lineStart] : text
  }

  private mutating func comment() throws(ChatTemplateError) {
    var index = position
    while index + 1 < source.count, !starts("#}", at: index) { index += 1 }
    guard index + 1 < source.count else {
      if position == source.count { return }
      throw ChatTemplateError(.syntax, line: line, "a comment begins here that no \"#}\" ends")
    }
    let sign = index > position ? source[index - 1] : nil
    advance(to: index + 2)
    trim(sign)
  }

  /// Skips what goes with the end of a tag: all white space where its sign is a hyphen, nothing where it is a
  /// plus, else one line end.
  mutating func trim(_ sign: Unicode.Scalar?) {
    if sign == "-" {
      advance(to: afterSpace(position))
    } else if sign != "+", position < source.count, source[position] == "\n" {
      advance(to: position + 1)
    }
  }

  /// The end of the tag `{% raw %}` that begins at an index; nil for another tag.
  private func rawTag(at begin: Int) -> Int? {
    var index = begin + 2
    if starts("-", at: index) || starts("+", at: index) { index += 1 }
    index = afterSpace(index)
    guard starts("raw", at: index) else { return nil }
    index = afterSpace(index + 3)
    if starts("-%}", at: index) { return afterSpace(index + 3) }
    return starts("%}", at: index) ? index + 2 : nil
  }

  private mutating func raw() throws(ChatTemplateError) {
    var begin = position
    while begin + 1 < source.count {
      if starts("{%", at: begin), let (end, sign) = endRaw(at: begin) {
        data(before: begin, isOutput: false)
        advance(to: end)
        trim(sign)
        return
      }
      begin += 1
    }
    if position == source.count { return }
    throw ChatTemplateError(.syntax, line: line, "raw text begins here that no {% endraw %} ends")
  }

  private func endRaw(at begin: Int) -> (end: Int, sign: Unicode.Scalar?)? {
    var index = begin + 2
    if starts("-", at: index) || starts("+", at: index) { index += 1 }
    index = afterSpace(index)
    guard starts("endraw", at: index) else { return nil }
    index = afterSpace(index + 6)
    if starts("-%}", at: index) || starts("+%}", at: index) { return (index + 3, source[index]) }
    return starts("%}", at: index) ? (index + 2, nil) : nil
  }
}
