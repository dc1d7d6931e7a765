extension Renderer {
  /// `receiver.method(arguments)`
  func call(_ method: Method, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    let name = method.name.rawValue
    switch method.receiver {
    case .text(let text): return try call(method.name, of: text, arguments)
    case .mapping(let mapping): return try call(method.name, of: mapping, arguments)
    case .list(let items), .tuple(let items):
      if method.name == .copy {
        _ = try Given(arguments, "", of: name, self)
        return method.receiver
      }
      return try search(method.name, items.values, arguments)
    case .range: return try search(method.name, try elements(of: method.receiver).values, arguments)
    case .loop(let loop): return try call(method.name, of: loop, arguments)
    default: throw fail("the method \"\(name)\" of a \(method.receiver.typeName) is not known here", .unknown)
    }
  }

  private func call(_ name: Method.Name, of mapping: Mapping, _ arguments: Arguments)
    throws(ChatTemplateError)
    -> Value
  {
    guard name == .get else {
      _ = try Given(arguments, "", of: name.rawValue, self)
      return name == .copy ? .mapping(mapping) : .view(try view(name, of: mapping))
    }
    guard arguments.keywords.isEmpty else { throw fail("\"get\" takes arguments without names") }
    let given = try Given(arguments, "key! default", of: "get", self)
    return mapping[try hashed(given.value("key"))] ?? given["default"] ?? .none
  }

  /// The keys, values or members of a mapping.
  func view(_ name: Method.Name, of mapping: Mapping) throws(ChatTemplateError) -> Value.View {
    switch name {
    case .keys: return .init(kind: .keys, items: try items(mapping.keys))
    case .values: return .init(kind: .values, items: try items(mapping.values))
    default:
      var pairs: [Value] = []
      for (key, value) in zip(mapping.keys, mapping.values) { pairs.append(try tuple([key, value])) }
      return .init(kind: .items, items: try items(pairs))
    }
  }

  /// `index` and `count` of a list.
  private func search(_ name: Method.Name, _ values: [Value], _ arguments: Arguments)
    throws(ChatTemplateError)
    -> Value
  {
    let value = try Given(arguments, "value!", of: name.rawValue, self).value("value")
    var count = 0
    for (index, other) in values.enumerated() where try areEqual(other, value) {
      if name == .index { return .int(index) }
      count += 1
    }
    guard name == .count else { throw fail("\"index\" did not find its argument") }
    return .int(count)
  }

  private func call(_ name: Method.Name, of loop: Loop, _ arguments: Arguments) throws(ChatTemplateError)
    -> Value
  {
    guard arguments.keywords.isEmpty else { throw fail("\"\(name.rawValue)\" takes arguments without names") }
    let values = arguments.positional
    if name == .cycle {
      guard !values.isEmpty else { throw fail("\"cycle\" was given nothing to choose from") }
      return values[max(loop.index0, 0) % values.count]
    }
    if let last = loop.last, last.count == values.count {
      var isSame = true
      for (a, b) in zip(last, values) where isSame { isSame = try areEqual(a, b) }
      if isSame { return .bool(false) }
    }
    _ = try items(values)
    loop.last = values
    return .bool(true)
  }
}
