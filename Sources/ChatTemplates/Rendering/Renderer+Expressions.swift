extension Renderer {
  func evaluate(_ expression: Expression, _ scope: Scope) throws(ChatTemplateError) -> Value {
    try spend(1)
    line = expression.line
    switch expression.kind {
    case .constant(let constant): return Value(constant)
    case .name(let name): return scope[name] ?? .undefined(.init(reason: "\"\(name)\" is undefined"))
    default: return try nested { () throws(ChatTemplateError) in try compound(expression, scope) }
    }
  }

  private func compound(_ expression: Expression, _ scope: Scope) throws(ChatTemplateError) -> Value {
    switch expression.kind {
    case .constant, .name: return .none  // evaluated already
    case .list(let items): return try list(try evaluate(items, scope))
    case .tuple(let items): return try tuple(try evaluate(items, scope))
    case .mapping(let entries): return try mapping(entries, scope)
    case .attribute(let value, let name): return try attribute(name, of: try evaluate(value, scope))
    case .item(let value, let key):
      return try item(try evaluate(key, scope), of: try evaluate(value, scope))
    case .slice(let value, let slice): return try self.slice(value, slice, scope)
    case .call(let function, let call):
      return try self.call(try evaluate(function, scope), try arguments(call, scope))
    case .filter(let value, let filter): return try apply(filter, to: try evaluate(value, scope), scope)
    case .test(let value, let test, let call):
      return .bool(try apply(test, to: try evaluate(value, scope), try arguments(call, scope)))
    case .not(let value): return .bool(try !evaluate(value, scope).isTrue)
    case .negative(let value): return try negative(try evaluate(value, scope))
    case .positive(let value): return try positive(try evaluate(value, scope))
    case .arithmetic(let operation, let left, let right):
      return try calculate(operation, try evaluate(left, scope), try evaluate(right, scope))
    case .concatenation(let parts): return try concatenation(parts, scope)
    case .comparison(let left, let others): return try comparison(left, others, scope)
    case .and(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? try evaluate(right, scope) : value
    case .or(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? value : try evaluate(right, scope)
    case .conditional(let condition, let value, let other):
      if try evaluate(condition, scope).isTrue { return try evaluate(value, scope) }
      guard let other else {
        return .undefined(.init(reason: "the condition behind \"if\" is false, and no \"else\" follows"))
      }
      return try evaluate(other, scope)
    }
  }

  private func evaluate(_ expressions: [Expression], _ scope: Scope) throws(ChatTemplateError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression, scope)) }
    return values
  }

  func arguments(_ call: Expression.Call, _ scope: Scope) throws(ChatTemplateError) -> Arguments {
    var arguments = Arguments(positional: try evaluate(call.positional, scope))
    for (name, value) in call.keywords {
      guard !arguments.keywords.contains(where: { $0.name == name }) else {
        throw fail("the argument \"\(name)\" is given twice")
      }
      arguments.keywords.append((name, try evaluate(value, scope)))
    }
    return arguments
  }

  func apply(_ call: Expression.FilterCall, to value: Value, _ scope: Scope) throws(ChatTemplateError)
    -> Value
  {
    let arguments = try arguments(call.call, scope)
    line = call.line
    return try apply(call.filter, to: value, arguments)
  }

  private func mapping(_ entries: [Expression.Entry], _ scope: Scope) throws(ChatTemplateError) -> Value {
    var mapping = Mapping()
    for entry in entries {
      try set(try evaluate(entry.key, scope), to: try evaluate(entry.value, scope), in: &mapping)
    }
    return .mapping(mapping)
  }

  private func concatenation(_ parts: [Expression], _ scope: Scope) throws(ChatTemplateError) -> Value {
    var values: [Value] = []
    for part in parts { values.append(try evaluate(part, scope)) }
    var result = Text("")
    for value in values {
      let text = try text(of: value)
      try spend(text.count)
      result.scalars += text.scalars
    }
    return .text(result)
  }

  private func comparison(_ left: Expression, _ others: [Expression.Comparison], _ scope: Scope)
    throws(ChatTemplateError) -> Value
  {
    var value = try evaluate(left, scope)
    for other in others {
      let right = try evaluate(other.right, scope)
      let holds =
        switch other.operator {
        case .equal: try areEqual(value, right)
        case .unequal: try !areEqual(value, right)
        case .less: try precedes(value, right)
        case .greater: try precedes(right, value)
        case .atMost: try precedes(value, right, orIsEqual: true)
        case .atLeast: try precedes(right, value, orIsEqual: true)
        case .isIn: try contains(right, value)
        case .isNotIn: try !contains(right, value)
        }
      guard holds else { return .bool(false) }
      value = right
    }
    return .bool(true)
  }

  private func slice(_ value: Expression, _ slice: Expression.Slice, _ scope: Scope) throws(ChatTemplateError)
    -> Value
  {
    let sliced = try evaluate(value, scope)
    func bound(_ expression: Expression?) throws(ChatTemplateError) -> Value {
      guard let expression else { return .none }
      return try evaluate(expression, scope)
    }
    return try self.slice(
      of: sliced,
      try bound(slice.start),
      try bound(slice.end),
      step: try bound(slice.step)
    )
  }
}
