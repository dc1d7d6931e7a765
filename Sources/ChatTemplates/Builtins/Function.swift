/// The functions that a template can call by name.
enum Function: String, CaseIterable {
  case range, dict, namespace
  case raise = "raise_exception"
  case strftime = "strftime_now"
}

extension Renderer {
  /// `function(arguments)`
  func call(_ callee: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    switch callee {
    case .undefined(let value): throw fail(value.reason)
    case .macro(let macro): return try nested { () throws(ChatTemplateError) in try call(macro, arguments) }
    case .function(let function): return try call(function, arguments)
    case .method(let method): return try call(method, arguments)
    default: throw fail("a \(callee.typeName) is no function and cannot be called")
    }
  }

  private func call(_ function: Function, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    switch function {
    case .range: return try range(arguments)
    case .dict: return .mapping(try mapping(arguments, of: "dict"))
    case .namespace:
      let members = try mapping(arguments, of: "namespace")
      for name in members.keys where name.string?.scalars.first == "_" {
        throw fail("\"\(try shown(name))\" begins with an underscore, which a namespace does not allow")
      }
      let namespace = namespace()
      namespace.members = members
      return .namespace(namespace)
    case .raise:
      let given = try Given(arguments, "message!", of: "raise_exception", self)
      throw ChatTemplateError(
        .raised,
        "the chat template refuses the conversation: \(try text(of: given.value("message")).string)"
      )
    case .strftime:
      return .text(try dateText(try Given(arguments, "format!", of: "strftime_now", self).needed("format")))
    }
  }

  private func range(_ arguments: Arguments) throws(ChatTemplateError) -> Value {
    guard arguments.keywords.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw fail("\"range\" takes one to three numbers without names")
    }
    var numbers: [Int] = []
    for value in arguments.positional {
      if case .undefined(let value) = value { throw fail(value.reason) }
      guard let number = value.integer else {
        throw fail("\"range\" takes whole numbers, and was given a \(value.typeName)")
      }
      numbers.append(number)
    }
    if numbers.count == 1 { numbers.insert(0, at: 0) }
    let range = Value.Range(numbers[0], numbers[1], step: numbers.count > 2 ? numbers[2] : 1)
    guard let range else { throw fail("a range is too large, or its step is 0") }
    guard range.count <= limits.elements else {
      throw fail("a range has more than \(limits.elements) numbers", .limit)
    }
    return .range(range)
  }

  /// The mapping of `dict(mapping or pairs, name=value, …)`.
  private func mapping(_ arguments: Arguments, of function: String) throws(ChatTemplateError) -> Mapping {
    guard arguments.positional.count <= 1 else {
      throw fail("\"\(function)\" takes at most one argument without a name")
    }
    var mapping = Mapping()
    if let value = arguments.positional.first {
      if case .undefined(let value) = value { throw fail(value.reason) }
      if case .mapping(let other) = value {
        mapping = other
        try spend(other.count)
      } else {
        for pair in try elements(of: value).values {
          let parts = try elements(of: pair).values
          guard parts.count == 2 else {
            throw fail("\"\(function)\" takes pairs, and was given \(parts.count) values")
          }
          try set(parts[0], to: parts[1], in: &mapping)
        }
      }
    }
    for (name, value) in arguments.keywords { try set(.text(Text(name)), to: value, in: &mapping) }
    return mapping
  }

  private func dateText(_ format: Text) throws(ChatTemplateError) -> Text {
    try spend(8 * format.count)
    var result = ""
    var scalars = format.scalars[...]
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      // With a hyphen, the C library of Linux leaves out what a number is padded with.
      let isBare = scalars.first == "-"
      if isBare { scalars.removeFirst() }
      guard let letter = scalars.popFirst(), let part = date?.written(letter) else {
        throw fail("\"strftime_now\" does not know the format \"\(format.string)\" here", .unknown)
      }
      let kept = part.drop { isBare && ($0 == "0" || $0 == " ") }
      result += kept.isEmpty ? part.suffix(1) : kept
    }
    return Text(result)
  }
}
