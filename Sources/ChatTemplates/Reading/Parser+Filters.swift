extension Parser {
  /// Filters and tests behind a value.
  mutating func filtersAndTests(_ start: Expression) throws(ChatTemplateError) -> Expression {
    var value = start
    while true {
      let line = line
      if skip(.pipe) {
        value = try make(.filter(value, try filterCall()), line)
      } else if skip(keyword: "is") {
        value = try test(of: value, line)
      } else if token.kind == .symbol(.leftParenthesis) {
        value = try make(.call(value, try arguments()), line)
      } else {
        return value
      }
    }
  }

  /// The filters that what a tag holds goes through; inline, the first has no bar before it.
  mutating func filterCalls(isInline: Bool) throws(ChatTemplateError) -> [Expression.FilterCall] {
    var calls = isInline ? [try filterCall()] : []
    while skip(.pipe) { calls.append(try filterCall()) }
    return calls
  }

  private mutating func filterCall() throws(ChatTemplateError) -> Expression.FilterCall {
    let line = line
    let name = try dottedName()
    guard let filter = Filter(rawValue: name) else {
      throw ChatTemplateError(
        .unknown,
        line: line,
        "there is no filter \"\(name)\"; known are \(Filter.allCases.map(\.rawValue).sorted().joined(separator: ", "))"
      )
    }
    let call = token.kind == .symbol(.leftParenthesis) ? try arguments() : .init()
    try checkNames(in: call, of: filter, line)
    return .init(filter: filter, call: call, line: line)
  }

  /// Looks up the filter or test that a filter such as `map` or `select` is to apply to each element.
  private func checkNames(in call: Expression.Call, of filter: Filter, _ line: Int) throws(ChatTemplateError)
  {
    let place: Int
    switch filter {
    case .map, .select, .reject: place = 0
    case .selectattr, .rejectattr: place = 1
    default: return
    }
    guard call.positional.indices.contains(place),
      case .constant(.text(let text)) = call.positional[place].kind
    else { return }
    guard filter == .map ? Filter(rawValue: text.string) == nil : Test(rawValue: text.string) == nil else {
      return
    }
    throw ChatTemplateError(
      .unknown,
      line: line,
      "there is no \(filter == .map ? "filter" : "test") \"\(text.string)\" that is known here"
    )
  }

  private mutating func test(of value: Expression, _ line: Int) throws(ChatTemplateError) -> Expression {
    let isNegated = skip(keyword: "not")
    let name = try dottedName()
    guard let test = Test(rawValue: name) else {
      throw ChatTemplateError(
        .unknown,
        line: line,
        "there is no test \"\(name)\"; known are \(Test.allCases.map(\.rawValue).sorted().joined(separator: ", "))"
      )
    }
    let result = try make(.test(value, test, try testArguments()), line)
    return isNegated ? try make(.not(result), line) : result
  }

  /// The arguments of a test, which may be a single one without parentheses.
  private mutating func testArguments() throws(ChatTemplateError) -> Expression.Call {
    switch token.kind {
    case .symbol(.leftParenthesis): return try arguments()
    case .name("else"), .name("or"), .name("and"): return .init()
    case .name("is"): throw unexpected("tests cannot follow each other, before")
    case .name, .text, .integer, .number, .symbol(.leftBracket), .symbol(.leftBrace):
      return .init(positional: [try postfix(try primary())])
    default: return .init()
    }
  }

  private mutating func dottedName() throws(ChatTemplateError) -> String {
    var name = try name()
    while skip(.dot) { name += "." + (try self.name()) }
    return name
  }
}
