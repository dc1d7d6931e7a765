/// Writes values as Python's `json.dumps` does, which `transformers` gives templates as the filter `tojson`.
struct JSONWriter {
  let renderer: Renderer
  var onlyASCII = false
  /// What a level is indented by; nil for one line.
  var indent: Text?
  var sortsKeys = false
  var itemSeparator: Text
  var keySeparator: Text = ": "
  private(set) var result: [Unicode.Scalar] = []
  private var level = 0

  init(_ renderer: Renderer, indent: Text?) {
    self.renderer = renderer
    self.indent = indent
    itemSeparator = indent == nil ? ", " : ","
  }

  mutating func write(_ value: Value) throws(ChatTemplateError) {
    try renderer.spend(1)
    switch value {
    case .none: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .int(let value): append(String(value))
    case .float(let value): append(Self.number(value))
    case .text(let text), .markup(let text): try write(text)
    case .list(let items), .tuple(let items):
      try write(items.values.indices, "[", "]") { (writer, index) throws(ChatTemplateError) in
        try writer.write(items.values[index])
      }
    case .mapping(let mapping):
      let order = sortsKeys ? try renderer.order(mapping.keys) : Array(mapping.keys.indices)
      try write(order.indices, "{", "}") { (writer, index) throws(ChatTemplateError) in
        try writer.write(try writer.key(mapping.keys[order[index]]))
        writer.result += writer.keySeparator.scalars
        try writer.write(mapping.values[order[index]])
      }
    default: throw renderer.fail("a \(value.typeName) cannot be written as JSON")
    }
  }

  private static func number(_ value: Double) -> String {
    value.isFinite ? FloatText.text(value) : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
  }

  private mutating func append(_ string: String) { result += string.unicodeScalars }

  private mutating func write(
    _ indices: Range<Int>,
    _ start: String,
    _ end: String,
    _ element: (inout JSONWriter, Int) throws(ChatTemplateError) -> Void
  ) throws(ChatTemplateError) {
    append(start)
    level += 1
    for index in indices {
      if index > 0 { result += itemSeparator.scalars }
      try breakLine()
      try element(&self, index)
    }
    level -= 1
    if !indices.isEmpty { try breakLine() }
    append(end)
  }

  private mutating func breakLine() throws(ChatTemplateError) {
    guard let indent else { return }
    try renderer.spend(indent.count * level + 1)
    append("\n")
    for _ in 0..<level { result += indent.scalars }
  }

  /// A key as a text, which JSON's keys are.
  private func key(_ value: Value) throws(ChatTemplateError) -> Text {
    switch value {
    case .text(let text), .markup(let text): return text
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return Text(String(value))
    case .float(let value): return Text(Self.number(value))
    default: throw renderer.fail("a \(value.typeName) cannot be a key in JSON")
    }
  }

  private mutating func write(_ text: Text) throws(ChatTemplateError) {
    try renderer.spend(text.count)
    append("\"")
    for scalar in text.scalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case "\u{8}": append("\\b")
      case "\u{c}": append("\\f")
      case _ where scalar.value < 32 || onlyASCII && scalar.value > 126:
        for unit in UTF16.encode(scalar) ?? .init() { append(Self.escape(unit)) }
      default: result.append(scalar)
      }
    }
    append("\"")
  }

  private static func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }
}
