// The filters that do something with each element of a row.
extension Renderer {
  /// `map`, `select`, `reject`, `selectattr` and `rejectattr`.
  func walk(_ filter: Filter, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    // Jinja2 looks at neither the arguments nor the row where that is false.
    guard value.isTrue else { return try iterator([]) }
    let values = try elements(of: value).values
    switch filter {
    case .map: return try iterator(try mapped(values, arguments))
    case .select, .reject:
      return try iterator(try chosen(values, arguments, attribute: nil, isWanted: filter == .select))
    default:
      guard let attribute = arguments.positional.first else {
        throw fail("the filter \"\(filter.rawValue)\" was not given an attribute")
      }
      var rest = arguments
      rest.positional.removeFirst()
      return try iterator(try chosen(values, rest, attribute: attribute, isWanted: filter == .selectattr))
    }
  }

  private func mapped(_ values: [Value], _ arguments: Arguments) throws(ChatTemplateError) -> [Value] {
    var result: [Value] = []
    guard arguments.positional.isEmpty else {
      guard let name = arguments.positional[0].string, let filter = Filter(rawValue: name.string) else {
        throw fail("the filter \"map\" was given no filter that is known here", .unknown)
      }
      var rest = arguments
      rest.positional.removeFirst()
      for value in values {
        result.append(try nested { () throws(ChatTemplateError) in try apply(filter, to: value, rest) })
        try spend(1)
      }
      return result
    }
    let given = try Given(arguments, "attribute! default", of: "the filter \"map\"", self)
    let parts = try parts(of: given.value("attribute"))
    for value in values {
      var found = value
      for part in parts {
        try spend(1)
        found = try item(part, of: found)
        if found.isUndefined, let standard = given["default"] {
          if case .none = standard {} else { found = standard }
        }
      }
      result.append(found)
    }
    return result
  }

  private func chosen(_ values: [Value], _ arguments: Arguments, attribute: Value?, isWanted: Bool)
    throws(ChatTemplateError) -> [Value]
  {
    var test: Test?
    var rest = arguments
    if !rest.positional.isEmpty {
      test = rest.positional.removeFirst().string.flatMap { Test(rawValue: $0.string) }
      guard test != nil else { throw fail("a filter was given no test that is known here", .unknown) }
    }
    let parts = try parts(of: attribute ?? .none)
    var result: [Value] = []
    for value in values {
      var tested = value
      for part in parts { tested = try item(part, of: tested) }
      try spend(1)
      if try
        (test.map { (test) throws(ChatTemplateError) in try apply(test, to: tested, rest) } ?? tested.isTrue)
        == isWanted
      {
        result.append(value)
      }
    }
    return result
  }
}
