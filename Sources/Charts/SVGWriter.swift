/// Writes the elements of one chart, one a line.
struct SVGWriter {
  private var lines: [String] = []

  /// Adds an element with attributes and, if given, text in it.
  mutating func add(_ name: String, _ attributes: KeyValuePairs<String, String>, text: String? = nil) {
    var line = "<\(name)"
    for (key, value) in attributes { line += " \(key)=\"\(Self.escaped(value))\"" }
    lines.append(line + (text.map { ">\(Self.escaped($0))</\(name)>" } ?? "/>"))
  }

  /// Adds a filled shape, with the text that a browser shows when a pointer rests on it.
  mutating func shape(_ path: String, _ style: String, says text: String? = nil) {
    guard let text else { return add("path", ["class": style, "d": path]) }
    lines.append(
      "<path class=\"\(style)\" d=\"\(path)\"><title>\(Self.escaped(text))</title></path>"
    )
  }

  /// Adds text at a place.
  mutating func text(_ text: String, x: Double, y: Double, _ style: String = "ink") {
    add("text", ["class": style, "x": ChartNumber.coordinate(x), "y": ChartNumber.coordinate(y)], text: text)
  }

  /// Adds text that reads upwards, centred at a place.
  mutating func upwards(_ text: String, x: Double, y: Double) {
    let (x, y) = (ChartNumber.coordinate(x), ChartNumber.coordinate(y))
    add("text", ["class": "soft middle", "transform": "translate(\(x) \(y)) rotate(-90)"], text: text)
  }

  /// Adds a straight line.
  mutating func line(_ from: ChartPoint, _ to: ChartPoint, _ style: String) {
    add(
      "line",
      [
        "class": style, "x1": ChartNumber.coordinate(from.x), "y1": ChartNumber.coordinate(from.y),
        "x2": ChartNumber.coordinate(to.x), "y2": ChartNumber.coordinate(to.y),
      ]
    )
  }

  /// Completes the file.
  ///
  /// - Parameters:
  ///   - height: The height in pixels.
  ///   - title: The name of the chart for a screen reader.
  ///   - description: The description for a screen reader.
  /// - Returns: SVG in UTF-8.
  func document(height: Double, title: String, description: String) -> String {
    let (width, height) = (ChartNumber.coordinate(ChartStyle.width), ChartNumber.coordinate(height))
    let head = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
        + "width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\">",
      "<title>\(Self.escaped(title))</title>", "<desc>\(Self.escaped(description))</desc>",
      "<style>\n\(ChartStyle.sheet)\n</style>",
      "<rect class=\"paper\" width=\"\(width)\" height=\"\(height)\"/>",
    ]
    return (head + lines + ["</svg>", ""]).joined(separator: "\n")
  }

  /// Escapes text as ``escaped(_:)`` does, but keeps the ends of lines.
  static func escapedLines(_ text: String) -> String {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { escaped(String($0)) }
      .joined(separator: "\n")
  }

  /// Escapes text for XML: markup is escaped, and characters that XML forbids are replaced.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
