/// The filters that a template can use.
enum Filter: String, CaseIterable {
  // Of texts.
  case trim, upper, lower, capitalize, title, replace, indent, string, safe, escape, e, forceescape, tojson
  // Of rows.
  case length, count, first, last, join, list, sort, unique, reverse, items, dictsort, batch
  case map, select, reject, selectattr, rejectattr, sum, min, max
  // Of numbers and others.
  case int, float, abs, `default`, d
}

extension Renderer {
  /// `value | filter(arguments)`
  func apply(_ filter: Filter, to value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    func given(_ signature: StaticString) throws(ChatTemplateError) -> Given {
      try Given(arguments, signature, of: "the filter \"\(filter.rawValue)\"", self)
    }
    switch filter {
    case .trim:
      let set = try given("chars").text("chars")
      return try converted(value) { $0.stripped(set) }
    case .upper, .lower, .capitalize, .title:
      _ = try given("")
      // Of the four, `title` alone makes its text out of parts, which are no longer safe.
      return try converted(filter == .title ? .text(try text(of: value)) : value) { filter.cased($0) }
    case .replace:
      let given = try given("old! new! count")
      let texts = Arguments(
        positional: [.text(try text(of: given.value("old"))), .text(try text(of: given.value("new")))]
          + [given["count"]].compactMap { $0 }
      )
      let converted = try Given(texts, "old! new! count", of: "the filter \"replace\"", self)
      return try replace(try text(of: value), converted)
    case .indent: return try indent(value, try given("width first blank"))
    case .string:
      _ = try given("")
      if case .markup = value { return value }
      return .text(try text(of: value))
    case .safe:
      _ = try given("")
      return .markup(try text(of: value))
    case .escape, .e, .forceescape:
      _ = try given("")
      if case .markup = value, filter != .forceescape { return value }
      return .markup(try escaped(try text(of: value)))
    case .tojson: return try json(value, try given("ensure_ascii indent separators sort_keys"))
    case .int: return try integer(value, try given("default base"))
    case .float: return try float(value, try given("default"))
    case .abs:
      _ = try given("")
      return try absolute(value)
    case .default, .d:
      let given = try given("default_value boolean")
      guard value.isUndefined || given.isTrue("boolean") && !value.isTrue else { return value }
      return given["default_value"] ?? .text("")
    case .map, .select, .reject, .selectattr, .rejectattr: return try walk(filter, value, arguments)
    default: return try arrange(filter, value, arguments)
    }
  }

  /// A text made of a value's; what was safe remains so.
  private func converted(_ value: Value, _ convert: (Text) -> Text) throws(ChatTemplateError) -> Value {
    let text = try text(of: value)
    try spend(text.count)
    if case .markup = value { return .markup(convert(text)) }
    return .text(convert(text))
  }

  private func indent(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    guard let text = value.string else {
      throw fail("the filter \"indent\" takes a string, and was given a \(value.typeName)")
    }
    var indentation = Text("    ")
    if let width = given["width"]?.integer {
      try spend(max(width, 0))
      indentation = Text([Unicode.Scalar](repeating: " ", count: max(width, 0)))
    } else if let width = try given.text("width") {
      indentation = width
    }
    let lines = Text(text.scalars + ["\n"]).lines()
    let total = (lines.count + 1).multipliedReportingOverflow(by: indentation.count + 1)
    try spend(total.overflow ? .max : total.partialValue + text.count)
    var result: [Unicode.Scalar] = given.isTrue("first") ? indentation.scalars : []
    for (index, line) in lines.enumerated() {
      if index > 0 {
        result.append("\n")
        if given.isTrue("blank") || !line.isEmpty { result += indentation.scalars }
      }
      result += line.scalars
    }
    if case .markup = value { return .markup(Text(result)) }
    return .text(Text(result))
  }

  private func json(_ value: Value, _ given: Given) throws(ChatTemplateError) -> Value {
    var indent: Text?
    if let width = given["indent"]?.integer {
      try spend(max(width, 0))
      indent = Text([Unicode.Scalar](repeating: " ", count: max(width, 0)))
    } else {
      indent = try given.text("indent")
    }
    var writer = JSONWriter(self, indent: indent)
    writer.onlyASCII = given.isTrue("ensure_ascii")
    writer.sortsKeys = given.isTrue("sort_keys")
    if let separators = given["separators"], case .none = separators {
    } else if let separators = given["separators"] {
      let parts = try elements(of: separators).values
      guard parts.count == 2, let item = parts[0].string, let key = parts[1].string else {
        throw fail("\"separators\" of the filter \"tojson\" must be two strings")
      }
      writer.itemSeparator = item
      writer.keySeparator = key
    }
    try writer.write(value)
    return .text(Text(writer.result))
  }
}

extension Filter {
  fileprivate func cased(_ text: Text) -> Text {
    switch self {
    case .upper: text.uppercased
    case .lower: text.lowercased
    case .capitalize: text.capitalized
    default: text.titled
    }
  }
}
