extension Renderer {
  /// How a run of statements ended.
  enum Outcome { case finished, left, next }

  func execute(_ statements: [Statement], _ scope: Scope) throws(ChatTemplateError) -> Outcome {
    for statement in statements {
      try spend(1)
      line = statement.line
      let outcome = try execute(statement, scope)
      guard outcome == .finished else { return outcome }
    }
    return .finished
  }

  private func execute(_ statement: Statement, _ scope: Scope) throws(ChatTemplateError) -> Outcome {
    switch statement.kind {
    case .data(let text): try write(text)
    case .output(let expression): try write(try text(of: try evaluate(expression, scope)))
    case .branches(let branches, let otherwise): return try choose(branches, otherwise, scope)
    case .loop(let loop): try run(loop, scope)
    case .set(let target, let expression): try assign(try evaluate(expression, scope), to: target, scope)
    case .capture(let target, let filters, let body):
      try assign(try captured(body, filters, scope), to: target, scope)
    case .macro(let definition): scope.set(definition.name, to: macro(definition, in: scope))
    case .with(let bindings, let body): return try with(bindings, body, scope)
    case .filtered(let filters, let body): try write(try text(of: try captured(body, filters, scope)))
    case .generation(let body): try write(try text(of: try captured(body, [], scope)))
    case .leave: return .left
    case .next: return .next
    }
    return .finished
  }

  private func body(_ statements: [Statement], _ scope: Scope) throws(ChatTemplateError) -> Outcome {
    try nested { () throws(ChatTemplateError) in try execute(statements, scope) }
  }

  private func choose(_ branches: [Statement.Branch], _ otherwise: [Statement], _ scope: Scope)
    throws(ChatTemplateError) -> Outcome
  {
    for branch in branches where try evaluate(branch.condition, scope).isTrue {
      return try body(branch.body, scope)
    }
    return try body(otherwise, scope)
  }

  private func run(_ statement: Statement.Loop, _ scope: Scope) throws(ChatTemplateError) {
    let items = try elements(of: try evaluate(statement.elements, scope))
    var condition: Loop.Condition?
    if let test = statement.condition {
      condition = { (element) throws(ChatTemplateError) in
        let inner = try self.scope(in: scope)
        try self.assign(element, to: statement.target, inner)
        return try self.evaluate(test, inner).isTrue
      }
    }
    let loop = Loop(items, condition: condition)
    // What follows "else" is done where no element was done to its end, even if there were some.
    var isDone = false
    while let element = try loop.advance() {
      try spend(1)
      let inner = try self.scope(in: scope)
      inner.set("loop", to: .loop(loop))
      try assign(element, to: statement.target, inner)
      let outcome = try body(statement.body, inner)
      if outcome == .left { break }
      if outcome == .finished { isDone = true }
    }
    if !isDone { _ = try body(statement.otherwise, try self.scope(in: scope)) }
  }

  private func with(_ bindings: [Statement.Binding], _ statements: [Statement], _ scope: Scope)
    throws(ChatTemplateError) -> Outcome
  {
    let inner = try self.scope(in: scope)
    for binding in bindings { try assign(try evaluate(binding.value, scope), to: binding.target, inner) }
    return try body(statements, inner)
  }

  /// What statements write, through filters.
  private func captured(_ statements: [Statement], _ filters: [Expression.FilterCall], _ scope: Scope)
    throws(ChatTemplateError) -> Value
  {
    let inner = try self.scope(in: scope)
    var value = Value.text(
      try written { () throws(ChatTemplateError) in _ = try body(statements, inner) }
    )
    for filter in filters { value = try apply(filter, to: value, scope) }
    return value
  }

  func assign(_ value: Value, to target: Statement.Target, _ scope: Scope) throws(ChatTemplateError) {
    switch target {
    case .name(let name): scope.set(name, to: value)
    case .attribute(let owner, let name):
      guard case .namespace(let namespace)? = scope[owner] else {
        throw fail("\"\(owner)\" is no namespace, so \"\(owner).\(name)\" cannot be set")
      }
      guard !name.hasPrefix("_") else {
        throw fail("\"\(name)\" begins with an underscore, which a namespace does not allow")
      }
      namespace.members.set(name, to: value)
    case .tuple(let targets):
      let values = try elements(of: value).values
      guard values.count == targets.count else {
        throw fail("\(values.count) values cannot be assigned to \(targets.count) names")
      }
      for (target, value) in zip(targets, values) { try assign(value, to: target, scope) }
    }
  }

  /// Calls a macro.
  func call(_ macro: Value.Macro, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    let definition = macro.definition
    let names = definition.parameters.map(\.name)
    let values = try arguments.bound(to: names, of: "the macro \"\(definition.name)\"", self)
    let inner = try scope(in: macro.scope)
    for (parameter, value) in zip(definition.parameters, values) {
      if let value {
        inner.set(parameter.name, to: value)
      } else if let standard = parameter.standard {
        inner.set(parameter.name, to: try evaluate(standard, inner))
      } else {
        inner.set(
          parameter.name,
          to: .undefined(.init(reason: "the parameter \"\(parameter.name)\" was not given"))
        )
      }
    }
    return .text(
      try written { () throws(ChatTemplateError) in _ = try body(definition.body, inner) }
    )
  }
}
