/// One rendering of a template: what it wrote so far, and what it has cost.
final class Renderer {
  let limits: ChatTemplateLimits
  let date: ChatDate?
  /// The line of the expression or statement at work, for messages.
  var line = 1
  private var steps: Int
  private var depth = 0
  private var output: [Unicode.Scalar] = []
  /// All that could keep itself alive in a circle.
  private var namespaces: [Value.Namespace] = []
  private var captured: [Scope] = []

  init(_ limits: ChatTemplateLimits, _ date: ChatDate?) {
    self.limits = limits
    self.date = date
    steps = limits.steps
  }

  func render(_ body: [Statement], _ variables: [String: TemplateValue]) throws(ChatTemplateError) -> String {
    let globals = Scope(in: nil)
    for function in Function.allCases where function != .strftime || date != nil {
      globals.set(function.rawValue, to: .function(function))
    }
    let scope = Scope(in: globals)
    for (name, value) in variables { scope.set(name, to: try self.value(value)) }
    _ = try execute(body, scope)
    let text = Text(output).string
    guard text.utf8.count <= limits.outputBytes else { throw tooLong() }
    return text
  }

  /// Lets go of namespaces and scopes; call it at the end.
  func dissolve() {
    for namespace in namespaces { namespace.members = Mapping() }
    for scope in captured { scope.dissolve() }
  }
}

// What it costs.
extension Renderer {
  func fail(_ message: String, _ code: ChatTemplateError.Code = .failed) -> ChatTemplateError {
    ChatTemplateError(code, line: line, message)
  }

  /// Takes so many steps.
  func spend(_ count: Int) throws(ChatTemplateError) {
    guard count <= steps else {
      steps = 0
      throw fail("the rendering took more than \(limits.steps) steps, and was given up", .limit)
    }
    steps -= count
  }

  /// Does something that may do another of its kind.
  func nested<Result>(_ work: () throws(ChatTemplateError) -> Result) throws(ChatTemplateError) -> Result {
    guard depth < limits.depth else {
      throw fail(
        "calls, statements and expressions stand in each other more than \(limits.depth) deep",
        .limit
      )
    }
    depth += 1
    defer { depth -= 1 }
    return try work()
  }

  private func tooLong() -> ChatTemplateError {
    fail("more than \(limits.outputBytes) bytes were written", .limit)
  }
}

// What it writes.
extension Renderer {
  func write(_ text: Text) throws(ChatTemplateError) {
    try spend(text.count)
    guard text.count <= limits.outputBytes - output.count else { throw tooLong() }
    output += text.scalars
  }

  /// What some work writes.
  func written(_ work: () throws(ChatTemplateError) -> Void) throws(ChatTemplateError) -> Text {
    let outer = output
    output = []
    defer { output = outer }
    try work()
    return Text(output)
  }
}

// What it makes.
extension Renderer {
  private static let deepest = 100

  /// Values in a row, not too many and not too deep.
  func items(_ values: [Value]) throws(ChatTemplateError) -> Value.Items {
    try spend(values.count + 1)
    guard values.count <= limits.elements else {
      throw fail("a list has more than \(limits.elements) elements", .limit)
    }
    let depth = 1 + (values.lazy.map(\.depth).max() ?? 0)
    guard depth <= Self.deepest else { throw tooDeep() }
    return Value.Items(values: values, depth: depth)
  }

  func list(_ values: [Value]) throws(ChatTemplateError) -> Value { .list(try items(values)) }

  func list(_ texts: [Text]) throws(ChatTemplateError) -> Value { try list(texts.map { .text($0) }) }

  func tuple(_ values: [Value]) throws(ChatTemplateError) -> Value { .tuple(try items(values)) }

  func iterator(_ values: [Value]) throws(ChatTemplateError) -> Value {
    .iterator(Value.Iterator(try items(values)))
  }

  /// Sets a member of a mapping.
  func set(_ key: Value, to value: Value, in mapping: inout Mapping) throws(ChatTemplateError) {
    mapping.set(key, try hashed(key), to: value)
    guard mapping.depth <= Self.deepest else { throw tooDeep() }
    guard mapping.count <= limits.elements else {
      throw fail("a mapping has more than \(limits.elements) members", .limit)
    }
  }

  func namespace() -> Value.Namespace {
    let namespace = Value.Namespace()
    namespaces.append(namespace)
    return namespace
  }

  func macro(_ definition: Statement.Macro, in scope: Scope) -> Value {
    captured.append(scope)
    return .macro(.init(definition: definition, scope: scope))
  }

  /// A scope in another.
  func scope(in parent: Scope) throws(ChatTemplateError) -> Scope {
    // Macros that make macros would make scopes of any depth.
    guard parent.depth < 2 * limits.depth else { throw tooDeep() }
    return Scope(in: parent)
  }

  private func tooDeep() -> ChatTemplateError { fail("values stand in each other too deep", .limit) }

  private func value(_ value: TemplateValue) throws(ChatTemplateError) -> Value {
    try spend(1)
    switch value {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .integer(let value): return .int(value)
    case .number(let value): return .float(value)
    case .text(let text): return .text(Text(text))
    case .list(let values):
      return try nested { () throws(ChatTemplateError) in
        var converted: [Value] = []
        for value in values { converted.append(try self.value(value)) }
        return try list(converted)
      }
    case .mapping(let members):
      return try nested { () throws(ChatTemplateError) in
        var mapping = Mapping()
        for member in members {
          try set(.text(Text(member.key)), to: try self.value(member.value), in: &mapping)
        }
        return .mapping(mapping)
      }
    }
  }
}
