// Values as Python's `str` and `repr` write them.
extension Renderer {
  /// The text that a value is written as.
  func text(of value: Value) throws(ChatTemplateError) -> Text {
    switch value {
    case .text(let text), .markup(let text): return text
    case .undefined: return Text("")
    default: return Text(try shown(value))
    }
  }

  /// The value in Python's notation.
  func shown(_ value: Value) throws(ChatTemplateError) -> String {
    var result = ""
    try show(value, &result)
    return result
  }

  private func show(_ value: Value, _ result: inout String) throws(ChatTemplateError) {
    try spend(1)
    switch value {
    case .undefined: result += "Undefined"
    case .none: result += "None"
    case .bool(let value): result += value ? "True" : "False"
    case .int(let value): result += String(value)
    case .float(let value): result += FloatText.text(value)
    case .text(let text): try show(text, &result)
    case .markup(let text):
      result += "Markup("
      try show(text, &result)
      result += ")"
    case .list(let items): try show(items.values, in: "[", "]", &result)
    case .tuple(let items): try show(items.values, in: "(", items.values.count == 1 ? ",)" : ")", &result)
    case .mapping(let mapping):
      result += "{"
      for (index, (key, value)) in zip(mapping.keys, mapping.values).enumerated() {
        if index > 0 { result += ", " }
        try show(key, &result)
        result += ": "
        try show(value, &result)
      }
      result += "}"
    case .view(let view): try show(view.items.values, in: view.kind.rawValue + "([", "])", &result)
    case .range(let range):
      result += "range(\(range.start), \(range.end)" + (range.step == 1 ? ")" : ", \(range.step))")
    case .iterator, .namespace, .loop, .macro, .function, .method:
      throw fail("a \(value.typeName) cannot be written as text here", .unknown)
    }
  }

  private func show(_ values: [Value], in start: String, _ end: String, _ result: inout String)
    throws(ChatTemplateError)
  {
    result += start
    for (index, value) in values.enumerated() {
      if index > 0 { result += ", " }
      try show(value, &result)
    }
    result += end
  }

  /// A string in quotes: single ones unless it has such and no double ones.
  private func show(_ text: Text, _ result: inout String) throws(ChatTemplateError) {
    try spend(text.count)
    let quote: Unicode.Scalar = text.scalars.contains("'") && !text.scalars.contains("\"") ? "\"" : "'"
    result.unicodeScalars.append(quote)
    for scalar in text.scalars {
      switch scalar {
      case quote, "\\":
        result += "\\"
        result.unicodeScalars.append(scalar)
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.isPythonPrintable: result.unicodeScalars.append(scalar)
      default: result += scalar.pythonEscape
      }
    }
    result.unicodeScalars.append(quote)
  }

  /// The text with the characters that HTML gives a meaning written as its entities.
  func escaped(_ text: Text) throws(ChatTemplateError) -> Text {
    try spend(text.count)
    var result: [Unicode.Scalar] = []
    for scalar in text.scalars {
      switch scalar {
      case "&": result += "&amp;".unicodeScalars
      case "<": result += "&lt;".unicodeScalars
      case ">": result += "&gt;".unicodeScalars
      case "'": result += "&#39;".unicodeScalars
      case "\"": result += "&#34;".unicodeScalars
      default: result.append(scalar)
      }
    }
    return Text(result)
  }
}

extension Unicode.Scalar {
  fileprivate var isPythonPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: self == " "
    default: true
    }
  }

  /// The character as an escape of a string literal.
  var pythonEscape: String {
    let (letter, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
    let digits = String(value, radix: 16)
    return "\\" + letter + String(repeating: "0", count: width - digits.utf8.count) + digits
  }
}
