/// The arguments of a call.
struct Arguments {
  var positional: [Value] = []
  var keywords: [(name: String, value: Value)] = []

  /// The arguments in the order of a function's parameters, nil for each that is not given.
  func bound(to names: [String], required: Int = 0, of function: String, _ renderer: Renderer)
    throws(ChatTemplateError) -> [Value?]
  {
    guard positional.count <= names.count else {
      throw renderer.fail(
        "\(function) takes at most \(names.count) arguments, and was given \(positional.count)"
      )
    }
    var values: [Value?] = positional + [Value?](repeating: nil, count: names.count - positional.count)
    for (name, value) in keywords {
      guard let place = names.firstIndex(of: name) else {
        throw renderer.fail("\(function) has no parameter \"\(name)\"")
      }
      guard values[place] == nil else { throw renderer.fail("\(function) was given \"\(name)\" twice") }
      values[place] = value
    }
    for place in 0..<required where values[place] == nil {
      throw renderer.fail("\(function) was not given \"\(names[place])\"")
    }
    return values
  }
}

/// The arguments of a function that is known here, by their names.
struct Given {
  private let names: [String]
  private let values: [Value?]
  private let function: String
  let renderer: Renderer

  /// Takes arguments by a signature: the names of parameters with spaces between, those that must be given marked
  /// with an exclamation mark.
  init(_ arguments: Arguments, _ signature: StaticString, of function: String, _ renderer: Renderer)
    throws(ChatTemplateError)
  {
    let parts = "\(signature)".split(separator: " ")
    names = parts.map { String($0.hasSuffix("!") ? $0.dropLast() : $0) }
    let required = parts.count { $0.hasSuffix("!") }
    self.function = function
    self.renderer = renderer
    values = try arguments.bound(to: names, required: required, of: function, renderer)
  }

  /// The argument; nil where it is not given.
  subscript(_ name: StaticString) -> Value? {
    names.firstIndex(of: "\(name)").flatMap { values[$0] }
  }

  /// The argument, or undefined.
  func value(_ name: StaticString) -> Value {
    self[name] ?? .undefined(.init(reason: "\"\(name)\" was not given"))
  }

  private func mismatch(_ name: StaticString, _ kind: String, _ value: Value) -> ChatTemplateError {
    if case .undefined(let value) = value { return renderer.fail(value.reason) }
    return renderer.fail("\"\(name)\" of \(function) must be \(kind), and is a \(value.typeName)")
  }

  /// A string; nil where none is given, or `none` is.
  func text(_ name: StaticString) throws(ChatTemplateError) -> Text? {
    guard let value = self[name] else { return nil }
    if case .none = value { return nil }
    guard let text = value.string else { throw mismatch(name, "a string", value) }
    return text
  }

  /// A string that must be given.
  func needed(_ name: StaticString) throws(ChatTemplateError) -> Text {
    guard let text = try text(name) else { throw mismatch(name, "a string", value(name)) }
    return text
  }

  /// A whole number; nil where none is given, or `none` is.
  func integer(_ name: StaticString) throws(ChatTemplateError) -> Int? {
    guard let value = self[name] else { return nil }
    if case .none = value { return nil }
    guard let number = value.integer else { throw mismatch(name, "a whole number", value) }
    return number
  }

  /// A truth value that Python wants as a number, and not as any value; false where none is given.
  func flag(_ name: StaticString) throws(ChatTemplateError) -> Bool {
    guard let value = self[name] else { return false }
    guard let number = value.integer else { throw mismatch(name, "true or false", value) }
    return number != 0
  }

  func isTrue(_ name: StaticString) -> Bool { self[name]?.isTrue ?? false }
}
