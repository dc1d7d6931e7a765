// From the operators that bind least to those that bind most.
extension Parser {
  /// A single expression.
  mutating func expression(withConditional: Bool = true) throws(ChatTemplateError) -> Expression {
    try nested { (parser) throws(ChatTemplateError) in
      withConditional ? try parser.conditional() : try parser.disjunction()
    }
  }

  /// An expression, or a tuple of several with commas between them and no parentheses.
  mutating func tuple(withConditional: Bool = true) throws(ChatTemplateError) -> Expression {
    let line = line
    var items: [Expression] = []
    var isTuple = false
    while true {
      switch token.kind {
      case .outputEnd, .tagEnd, .symbol(.rightParenthesis): break
      default:
        items.append(try expression(withConditional: withConditional))
        guard skip(.comma) else { break }
        isTuple = true
        continue
      }
      break
    }
    guard isTuple || items.isEmpty else { return items[0] }
    guard isTuple else { throw unexpected("an expression is missing before") }
    return try make(.tuple(items), line)
  }

  private mutating func conditional() throws(ChatTemplateError) -> Expression {
    let line = line
    var value = try disjunction()
    while skip(keyword: "if") {
      let condition = try disjunction()
      let other =
        skip(keyword: "else")
        ? try nested { (parser) throws(ChatTemplateError) in try parser.conditional() } : nil
      value = try make(.conditional(condition: condition, value: value, other: other), line)
    }
    return value
  }

  private mutating func disjunction() throws(ChatTemplateError) -> Expression {
    let line = line
    var left = try conjunction()
    while skip(keyword: "or") { left = try make(.or(left, try conjunction()), line) }
    return left
  }

  private mutating func conjunction() throws(ChatTemplateError) -> Expression {
    let line = line
    var left = try negation()
    while skip(keyword: "and") { left = try make(.and(left, try negation()), line) }
    return left
  }

  private mutating func negation() throws(ChatTemplateError) -> Expression {
    let line = line
    guard skip(keyword: "not") else { return try comparison() }
    return try make(.not(try nested { (parser) throws(ChatTemplateError) in try parser.negation() }), line)
  }

  private mutating func comparison() throws(ChatTemplateError) -> Expression {
    let line = line
    let left = try sum()
    var others: [Expression.Comparison] = []
    while let `operator` = comparator() {
      others.append(.init(operator: `operator`, right: try sum()))
    }
    return others.isEmpty ? left : try make(.comparison(left, others), line)
  }

  private mutating func comparator() -> Expression.Comparison.Operator? {
    let found: Expression.Comparison.Operator
    switch token.kind {
    case .symbol(.equal): found = .equal
    case .symbol(.unequal): found = .unequal
    case .symbol(.less): found = .less
    case .symbol(.atMost): found = .atMost
    case .symbol(.greater): found = .greater
    case .symbol(.atLeast): found = .atLeast
    case .name("in"): found = .isIn
    case .name("not") where following == .name("in"):
      advance()
      found = .isNotIn
    default: return nil
    }
    advance()
    return found
  }

  private mutating func sum() throws(ChatTemplateError) -> Expression {
    let line = line
    var left = try concatenation()
    while true {
      let symbol = token.kind
      guard skip(.plus) || skip(.minus) else { return left }
      let right = try concatenation()
      left = try make(.arithmetic(symbol == .symbol(.plus) ? .plus : .minus, left, right), line)
    }
  }

  private mutating func concatenation() throws(ChatTemplateError) -> Expression {
    let line = line
    var parts = [try product()]
    while skip(.tilde) { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : try make(.concatenation(parts), line)
  }

  private mutating func product() throws(ChatTemplateError) -> Expression {
    let line = line
    var left = try power()
    while true {
      let `operator`: Expression.Arithmetic
      switch token.kind {
      case .symbol(.star): `operator` = .times
      case .symbol(.slash): `operator` = .divided
      case .symbol(.quotient): `operator` = .quotient
      case .symbol(.percent): `operator` = .remainder
      default: return left
      }
      advance()
      left = try make(.arithmetic(`operator`, left, try power()), line)
    }
  }

  private mutating func power() throws(ChatTemplateError) -> Expression {
    let line = line
    var left = try unary()
    // Unlike Python's, jinja2's powers group from the left.
    while skip(.power) { left = try make(.arithmetic(.power, left, try unary()), line) }
    return left
  }

  private mutating func unary(withFilters: Bool = true) throws(ChatTemplateError) -> Expression {
    let line = line
    var value: Expression
    if skip(.minus) {
      value = try make(.negative(try nested(Self.operand)), line)
    } else if skip(.plus) {
      value = try make(.positive(try nested(Self.operand)), line)
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return withFilters ? try filtersAndTests(value) : value
  }

  private static func operand(_ parser: inout Parser) throws(ChatTemplateError) -> Expression {
    try parser.unary(withFilters: false)
  }
}
