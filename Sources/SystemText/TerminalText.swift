/// Text from outside in a form that is safe for a terminal: nothing in it moves the cursor, changes a
/// setting, begins another line or turns the direction of writing.
///
/// Characters that would do so are escaped, as `\n` or `\u{1B}`; all other text stays as it is. Bytes of file
/// names that are not UTF-8 appear as `\xe4`.
package enum TerminalText {
  /// A text that takes one line: a name, a cell of a table, a message.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - limit: The most characters of the result, which ends in an ellipsis when there were more; nil for
  ///     any number.
  /// - Returns: One line.
  package static func line(_ text: String, limit: Int? = nil) -> String {
    let line = escaped(SystemText.shown(text)) { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: braced(scalar)
      }
    }
    guard let limit, line.count > limit else { return line }
    return String(line.prefix(max(0, limit - 1))) + "…"
  }

  /// A text of several lines, such as an answer: line feeds and tabs stay, carriage returns go.
  ///
  /// - Parameter text: Any text, or a part of one.
  /// - Returns: The text for a terminal.
  package static func lines(_ text: String) -> String {
    escaped(SystemText.shown(text)) { scalar in
      switch scalar {
      case "\n", "\t": String(scalar)
      case "\r": ""
      default: braced(scalar)
      }
    }
  }

  /// JSON whose strings hold such scalars only escaped.
  ///
  /// - Parameter text: JSON.
  /// - Returns: JSON of the same value.
  package static func json(_ text: String) -> String {
    escaped(text) { scalar in
      // Line ends and tabs stand between values; within strings JSON has them escaped.
      if scalar.value < 0x20 { return String(scalar) }
      return String(scalar).utf16.map { "\\u" + hexadecimal(UInt32($0), digits: 4) }.joined()
    }
  }

  private static func escaped(_ text: String, _ escape: (Unicode.Scalar) -> String) -> String {
    guard text.unicodeScalars.contains(where: isActive) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isActive(scalar) {
        result.append(contentsOf: escape(scalar).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// True if a terminal may do more with a scalar than show it.
  private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    // Line and paragraph separators; embeddings, overrides and isolates of the direction of writing.
    case 0x2028...0x202E, 0x2066...0x2069: true
    case 0xFDD0...0xFDEF: true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }

  private static func braced(_ scalar: Unicode.Scalar) -> String {
    "\\u{" + hexadecimal(scalar.value, digits: 2) + "}"
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
