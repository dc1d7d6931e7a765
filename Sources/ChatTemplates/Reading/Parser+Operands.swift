// Literals, names, and what follows a value.
extension Parser {
  mutating func primary() throws(ChatTemplateError) -> Expression {
    let line = line
    switch token.kind {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return try make(.constant(.bool(true)), line)
      case "false", "False": return try make(.constant(.bool(false)), line)
      case "none", "None": return try make(.constant(.none), line)
      default:
        if Self.special.contains(name) { demand(name, line: line) }
        return try make(.name(name), line)
      }
    case .text:
      var text = Text("")
      while case .text(let next) = token.kind {
        text.scalars += next.scalars
        advance()
      }
      return try make(.constant(.text(text)), line)
    case .integer(let value):
      advance()
      return try make(.constant(.integer(value)), line)
    case .number(let value):
      advance()
      return try make(.constant(.number(value)), line)
    case .symbol(.leftParenthesis):
      advance()
      if skip(.rightParenthesis) { return try make(.tuple([]), line) }
      let value = try tuple()
      try expect(.rightParenthesis)
      return value
    case .symbol(.leftBracket):
      advance()
      let items = try items(until: .rightBracket) { (parser) throws(ChatTemplateError) in
        try parser.expression()
      }
      return try make(.list(items), line)
    case .symbol(.leftBrace):
      advance()
      let entries = try items(until: .rightBrace) { (parser) throws(ChatTemplateError) in
        let key = try parser.expression()
        try parser.expect(.colon)
        return Expression.Entry(key: key, value: try parser.expression())
      }
      return try make(.mapping(entries), line)
    default:
      throw unexpected()
    }
  }

  /// Names with a meaning in jinja2 that is not known here.
  private static let special: Set = [
    "caller", "varargs", "kwargs", "self", "super", "lipsum", "cycler", "joiner",
  ]

  /// Things with commas between them, up to a bracket, before which a last comma may stand.
  private mutating func items<Item>(
    until end: Token.Symbol,
    _ read: (inout Parser) throws(ChatTemplateError) -> Item
  ) throws(ChatTemplateError) -> [Item] {
    var items: [Item] = []
    while !skip(end) {
      if !items.isEmpty {
        try expect(.comma)
        if skip(end) { break }
      }
      items.append(try read(&self))
    }
    return items
  }

  /// Attributes, items and calls behind a value.
  mutating func postfix(_ start: Expression) throws(ChatTemplateError) -> Expression {
    var value = start
    while true {
      let line = line
      switch token.kind {
      case .symbol(.dot):
        advance()
        value = try attribute(of: value, line)
      case .symbol(.leftBracket):
        advance()
        value = try item(of: value, line)
        try expect(.rightBracket)
      case .symbol(.leftParenthesis):
        value = try call(of: value, line)
      default:
        return value
      }
    }
  }

  private mutating func attribute(of value: Expression, _ line: Int) throws(ChatTemplateError) -> Expression {
    if case .integer(let index) = token.kind {
      advance()
      return try make(.item(value, try make(.constant(.integer(index)), line)), line)
    }
    let name = try name()
    guard !name.hasPrefix("__") else {
      throw ChatTemplateError(
        .unknown,
        line: line,
        "the attribute \"\(name)\" is private and not for templates"
      )
    }
    if case .name("loop") = value.kind, !LoopAttribute.allCases.contains(where: { $0.rawValue == name }) {
      throw ChatTemplateError(.unknown, line: line, "a loop has no attribute \"\(name)\" that is known here")
    }
    return try make(.attribute(value, name), line)
  }

  private mutating func item(of value: Expression, _ line: Int) throws(ChatTemplateError) -> Expression {
    var start: Expression?
    if token.kind != .symbol(.colon) {
      let key = try expression()
      if token.kind == .symbol(.rightBracket) { return try make(.item(value, key), line) }
      start = key
    }
    guard skip(.colon) else { throw unexpected("\"]\" is missing before") }
    let end = try bound()
    let step = skip(.colon) ? try bound() : nil
    return try make(.slice(value, .init(start: start, end: end, step: step)), line)
  }

  private mutating func bound() throws(ChatTemplateError) -> Expression? {
    [.symbol(.rightBracket), .symbol(.colon)].contains(token.kind) ? nil : try expression()
  }

  private mutating func call(of value: Expression, _ line: Int) throws(ChatTemplateError) -> Expression {
    switch value.kind {
    case .name(let name) where Function(rawValue: name) == nil: demand(name, line: line)
    case .attribute(_, let name) where !Method.isKnown(name):
      throw ChatTemplateError(.unknown, line: line, "there is no method \"\(name)\" that is known here")
    default: break
    }
    return try make(.call(value, try arguments()), line)
  }

  /// The arguments of a call, with their parentheses.
  mutating func arguments() throws(ChatTemplateError) -> Expression.Call {
    var call = Expression.Call()
    try expect(.leftParenthesis)
    while !skip(.rightParenthesis) {
      if !call.positional.isEmpty || !call.keywords.isEmpty {
        try expect(.comma)
        if skip(.rightParenthesis) { break }
      }
      if token.kind == .symbol(.star) || token.kind == .symbol(.power) {
        throw unknown("arguments out of a list or a mapping (\"*\", \"**\") are not known here")
      }
      if case .name(let name) = token.kind, following == .symbol(.assign) {
        advance()
        advance()
        call.keywords.append((name, try expression()))
      } else {
        guard call.keywords.isEmpty else {
          throw unexpected("an argument without a name follows one with, before")
        }
        call.positional.append(try expression())
      }
    }
    return call
  }
}
