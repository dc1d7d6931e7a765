extension Parser {
  /// The statements up to a tag of one of these names, which is left to be read, or to the template's end.
  mutating func statements(until ends: [String]) throws(ChatTemplateError) -> [Statement] {
    var statements: [Statement] = []
    while true {
      let line = line
      switch token.kind {
      case .data(let text):
        advance()
        statements.append(Statement(line: line, kind: .data(text)))
      case .outputBegin:
        advance()
        let value = try tuple()
        try expect(.outputEnd)
        statements.append(Statement(line: line, kind: .output(value)))
      case .tagBegin:
        if case .name(let name) = following, ends.contains(name) {
          advance()
          return statements
        }
        advance()
        let kind = try nested { (parser) throws(ChatTemplateError) in try parser.tag() }
        try expect(.tagEnd)
        statements.append(Statement(line: line, kind: kind))
      case .end where ends.isEmpty:
        return statements
      default:
        throw unexpected(
          ends.isEmpty ? "unexpected" : "{% \(ends[ends.count - 1]) %} is missing before"
        )
      }
    }
  }

  /// The statements within a tag and its end, which is left to be read.
  private mutating func body(until ends: String...) throws(ChatTemplateError) -> [Statement] {
    _ = skip(.colon)
    try expect(.tagEnd)
    return try statements(until: ends)
  }

  private mutating func tag() throws(ChatTemplateError) -> Statement.Kind {
    guard case .name(let name) = token.kind else { throw unexpected("a tag's name is missing before") }
    guard Self.tags.contains(name) else { throw unknownTag(name) }
    advance()
    switch name {
    case "if": return try branches()
    case "for": return try loop()
    case "set": return try set()
    case "macro": return try macro()
    case "with": return try with()
    case "filter":
      let filters = try filterCalls(isInline: true)
      let body = try body(until: "endfilter")
      advance()
      return .filtered(filters, body)
    case "generation":
      let body = try outsideLoops { (parser) throws(ChatTemplateError) in
        try parser.body(until: "endgeneration")
      }
      advance()
      return .generation(body)
    default:
      guard loops > 0 else { throw unexpected("\"\(name)\" stands in no loop, before") }
      return name == "break" ? .leave : .next
    }
  }

  private static let tags: Set = [
    "if", "for", "set", "macro", "with", "filter", "generation", "break", "continue",
  ]

  private func unknownTag(_ name: String) -> ChatTemplateError {
    if name.hasPrefix("end") || ["else", "elif"].contains(name) {
      return ChatTemplateError(.syntax, line: line, "{% \(name) %} ends no tag that is open here")
    }
    return unknown("there is no tag \"\(name)\"; known are \(Self.tags.sorted().joined(separator: ", "))")
  }

  private mutating func branches() throws(ChatTemplateError) -> Statement.Kind {
    var branches: [Statement.Branch] = []
    while true {
      let condition = try tuple(withConditional: false)
      branches.append(.init(condition: condition, body: try body(until: "elif", "else", "endif")))
      switch try name() {
      case "elif": continue
      case "else":
        let otherwise = try body(until: "endif")
        advance()
        return .branches(branches, otherwise: otherwise)
      default:
        return .branches(branches, otherwise: [])
      }
    }
  }

  private mutating func loop() throws(ChatTemplateError) -> Statement.Kind {
    let target = try target(ofLoop: true)
    guard skip(keyword: "in") else { throw unexpected("\"in\" is missing before") }
    let elements = try tuple(withConditional: false)
    let condition = skip(keyword: "if") ? try expression() : nil
    if token.kind == .name("recursive") { throw unknown("recursive loops are not known here") }
    loops += 1
    let body = try body(until: "endfor", "else")
    loops -= 1
    var otherwise: [Statement] = []
    if try name() == "else" {
      otherwise = try self.body(until: "endfor")
      advance()
    }
    return .loop(
      .init(target: target, elements: elements, condition: condition, body: body, otherwise: otherwise)
    )
  }

  private mutating func set() throws(ChatTemplateError) -> Statement.Kind {
    let target = try target(withAttribute: true)
    if skip(.assign) { return .set(target, try tuple()) }
    let filters = try filterCalls(isInline: false)
    let body = try body(until: "endset")
    advance()
    return .capture(target, filters, body)
  }

  private mutating func with() throws(ChatTemplateError) -> Statement.Kind {
    var bindings: [Statement.Binding] = []
    while token.kind != .tagEnd {
      if !bindings.isEmpty { try expect(.comma) }
      let target = try target()
      try expect(.assign)
      bindings.append(.init(target: target, value: try expression()))
    }
    let body = try body(until: "endwith")
    advance()
    return .with(bindings, body)
  }

  private mutating func macro() throws(ChatTemplateError) -> Statement.Kind {
    let name = try assignedName()
    var parameters: [Statement.Macro.Parameter] = []
    try expect(.leftParenthesis)
    while token.kind != .symbol(.rightParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let parameter = try assignedName()
      let standard = skip(.assign) ? try expression() : nil
      if standard == nil, parameters.last?.standard != nil {
        throw unexpected("a parameter without a default follows one with, before")
      }
      parameters.append(.init(name: parameter, standard: standard))
    }
    try expect(.rightParenthesis)
    let body = try outsideLoops { (parser) throws(ChatTemplateError) in try parser.body(until: "endmacro") }
    advance()
    return .macro(.init(name: name, parameters: parameters, body: body))
  }

  /// Reads what becomes a function of its own, from which no loop around it can be left.
  private mutating func outsideLoops<Result>(
    _ read: (inout Parser) throws(ChatTemplateError) -> Result
  ) throws(ChatTemplateError) -> Result {
    let outer = loops
    loops = 0
    let result = try read(&self)
    loops = outer
    return result
  }

  private mutating func assignedName() throws(ChatTemplateError) -> String {
    guard case .name(let name) = token.kind, !Self.isConstant(name) else {
      throw unexpected("a name is missing before")
    }
    advance()
    assign(name)
    return name
  }

  /// What is assigned to: names, with commas and parentheses.
  private mutating func target(withAttribute: Bool = false, ofLoop: Bool = false)
    throws(ChatTemplateError) -> Statement.Target
  {
    var targets: [Statement.Target] = []
    var isTuple = false
    while true {
      // A comma may stand behind the last name, but in jinja2 not before "in" or "=".
      if !targets.isEmpty, [.tagEnd, .symbol(.rightParenthesis)].contains(token.kind) { break }
      if skip(.leftParenthesis) {
        targets.append(try nested { (parser) throws(ChatTemplateError) in try parser.target() })
        try expect(.rightParenthesis)
      } else {
        let name = try assignedName()
        if name == "loop", ofLoop {
          throw unexpected("\"loop\" is the loop itself and no name for its elements, before")
        }
        if withAttribute, skip(.dot) {
          targets.append(.attribute(of: name, try self.name()))
        } else {
          targets.append(.name(name))
        }
      }
      guard skip(.comma) else { break }
      isTuple = true
    }
    return targets.count == 1 && !isTuple ? targets[0] : .tuple(targets)
  }
}
