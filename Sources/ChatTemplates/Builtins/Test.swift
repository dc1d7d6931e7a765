/// The tests that a template can make with `is`.
enum Test: String, CaseIterable {
  case defined, undefined, none, boolean, `true`, `false`, integer, float, number, string, mapping, sequence,
    iterable
  case callable, escaped, odd, even, divisibleby, lower, upper, sameas
  case filter, test
  case `in`
  case equalSign = "==", eq, equalto
  case unequalSign = "!=", ne
  case greaterSign = ">", gt, greaterthan
  case atLeastSign = ">=", ge
  case lessSign = "<", lt, lessthan
  case atMostSign = "<=", le
}

extension Renderer {
  /// `value is test(arguments)`
  func apply(_ test: Test, to value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Bool {
    let name = "the test \"\(test.rawValue)\""
    func other() throws(ChatTemplateError) -> Value {
      try Given(arguments, "other!", of: name, self).value("other")
    }
    switch test {
    case .equalSign, .eq, .equalto: return try areEqual(value, try other())
    case .unequalSign, .ne: return try !areEqual(value, try other())
    case .lessSign, .lt, .lessthan: return try precedes(value, try other())
    case .greaterSign, .gt, .greaterthan: return try precedes(try other(), value)
    case .atMostSign, .le: return try precedes(value, try other(), orIsEqual: true)
    case .atLeastSign, .ge: return try precedes(try other(), value, orIsEqual: true)
    case .in: return try contains(try other(), value)
    case .sameas: return try isSame(value, try other())
    case .divisibleby: return try calculate(.remainder, value, try other()).integer == 0
    default:
      _ = try Given(arguments, "", of: name, self)
      return try apply(test, to: value)
    }
  }

  private func apply(_ test: Test, to value: Value) throws(ChatTemplateError) -> Bool {
    switch test {
    case .undefined: return value.isUndefined
    case .none: return if case .none = value { true } else { false }
    case .boolean: return if case .bool = value { true } else { false }
    case .true: return if case .bool(true) = value { true } else { false }
    case .false: return if case .bool(false) = value { true } else { false }
    case .integer: return if case .int = value { true } else { false }
    case .float: return if case .float = value { true } else { false }
    case .number: return if case .float = value { true } else { value.integer != nil }
    case .string: return value.string != nil
    case .mapping: return if case .mapping = value { true } else { false }
    case .escaped: return if case .markup = value { true } else { false }
    case .odd, .even:
      let rest = try calculate(.remainder, value, .int(2))
      return try areEqual(rest, .int(test == .odd ? 1 : 0))
    case .lower, .upper:
      let text = try text(of: value)
      try spend(text.count)
      return test == .lower ? text.isLower : text.isUpper
    case .filter: return value.string.flatMap { Filter(rawValue: $0.string) } != nil
    case .test: return value.string.flatMap { Test(rawValue: $0.string) } != nil
    case .sequence: return isSequence(value)
    case .iterable: return isIterable(value)
    case .callable:
      return switch value {
      case .macro, .function, .method, .undefined: true
      default: false
      }
    default: return !value.isUndefined
    }
  }

  /// Python asks for a length and for items by place, which mappings and undefined values have, too.
  private func isSequence(_ value: Value) -> Bool {
    switch value {
    case .text, .markup, .list, .tuple, .range, .mapping: true
    // Jinja2 looks for the method by its name, and an undefined value has all of them.
    case .undefined: true
    default: false
    }
  }

  private func isIterable(_ value: Value) -> Bool {
    switch value {
    case .text, .markup, .list, .tuple, .range, .mapping, .view, .iterator, .undefined, .loop: true
    default: false
    }
  }

  private func isSame(_ value: Value, _ other: Value) throws(ChatTemplateError) -> Bool {
    switch (value, other) {
    case (.none, .none): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.none, _), (_, .none), (.bool, _), (_, .bool): return false
    default: throw fail("the test \"sameas\" is known here for truth values and none only", .unknown)
    }
  }
}
