/// Makes statements of tokens, as jinja2's parser does.
///
/// What the template names and this interpreter lacks is refused here, by name: tags, filters, tests, functions and
/// methods.
struct Parser {
  private let tokens: [Token]
  private var index = 0
  private let nesting: Int
  private var depth = 0
  /// Loops around the present statement, within its macro.
  var loops = 0
  /// Names that the template assigns somewhere.
  private var assigned: Set<String> = []
  /// Names that the template calls, or that jinja2 gives a meaning not known here.
  private var called: [(name: String, line: Int)] = []

  init(_ tokens: [Token], nesting: Int) {
    self.tokens = tokens
    self.nesting = nesting
  }

  /// Reads the whole template.
  mutating func template() throws(ChatTemplateError) -> [Statement] {
    let statements = try statements(until: [])
    for (name, line) in called where !assigned.contains(name) {
      throw ChatTemplateError(
        .unknown,
        line: line,
        "there is no function \"\(name)\"; known are \(Function.allCases.map(\.rawValue).sorted().joined(separator: ", "))"
      )
    }
    return statements
  }
}

// The stream of tokens.
extension Parser {
  var token: Token { tokens[index] }
  var line: Int { token.line }

  var following: Token.Kind { index + 1 < tokens.count ? tokens[index + 1].kind : .end }

  mutating func advance() {
    // The last token is the end, which is never passed.
    if index + 1 < tokens.count { index += 1 }
  }

  mutating func skip(_ symbol: Token.Symbol) -> Bool { skip(.symbol(symbol)) }

  mutating func skip(keyword: String) -> Bool { skip(.name(keyword)) }

  private mutating func skip(_ kind: Token.Kind) -> Bool {
    guard token.kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: Token.Kind) throws(ChatTemplateError) {
    guard skip(kind) else { throw unexpected("\(kind.shown) is missing before") }
  }

  mutating func expect(_ symbol: Token.Symbol) throws(ChatTemplateError) { try expect(.symbol(symbol)) }

  mutating func name() throws(ChatTemplateError) -> String {
    guard case .name(let name) = token.kind else { throw unexpected("a name is missing before") }
    advance()
    return name
  }

  func unexpected(_ reason: String = "unexpected") -> ChatTemplateError {
    ChatTemplateError(.syntax, line: line, "\(reason) \(token.kind.shown)")
  }

  func unknown(_ message: String) -> ChatTemplateError { ChatTemplateError(.unknown, line: line, message) }

  func tooDeep() -> ChatTemplateError {
    ChatTemplateError(
      .limit,
      line: line,
      "statements or expressions stand in each other more than \(nesting) deep"
    )
  }

  /// Reads something that may hold another of its kind.
  mutating func nested<Result>(
    _ read: (inout Parser) throws(ChatTemplateError) -> Result
  ) throws(ChatTemplateError) -> Result {
    guard depth < nesting else { throw tooDeep() }
    depth += 1
    let result = try read(&self)
    depth -= 1
    return result
  }

  /// An expression; those that are built in a loop, such as sums, grow deep without being read deep.
  func make(_ kind: Expression.Kind, _ line: Int) throws(ChatTemplateError) -> Expression {
    let expression = Expression(kind, line: line)
    guard expression.depth <= 2 * nesting else { throw tooDeep() }
    return expression
  }
}

// Names.
extension Parser {
  mutating func assign(_ name: String) { assigned.insert(name) }

  /// Remembers a name that only the template itself can give a meaning.
  mutating func demand(_ name: String, line: Int) { called.append((name, line)) }

  /// The keywords that jinja2 lets nobody assign to.
  static func isConstant(_ name: String) -> Bool {
    ["true", "false", "none", "True", "False", "None"].contains(name)
  }
}
