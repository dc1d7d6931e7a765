internal import Foundation

/// A row of results whose fields are numbers, words, truth values and lists of numbers.
package protocol TableRow: Encodable {
  /// The keys of its JSON object in the order of a table's columns; those that a row lacks are empty there.
  static var columns: [String] { get }
}

/// Rows of results as text for programs.
package enum TableText {
  /// One JSON object a line.
  ///
  /// - Throws: `EncodingError` for numbers that JSON does not have.
  package static func jsonLines(_ rows: [some Encodable]) throws -> String {
    let encoder = JSONEncoder()
    // As the API writes JSON, so that the same figures are the same bytes.
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try rows.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }.joined()
  }

  /// Comma-separated values in the form of RFC 4180, under a line with the names of the columns. A list of
  /// numbers is one field, with spaces between the numbers.
  ///
  /// - Throws: `EncodingError` for numbers that JSON does not have, `DecodingError` for fields that are lists
  ///   of anything else or objects.
  package static func csv<Row: TableRow>(_ rows: [Row]) throws -> String {
    let lines = [Row.columns] + (try rows.map { try Self.fields($0).map { $0?.text ?? "" } })
    return lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  /// A table in Markdown, its numbers shortened for people.
  ///
  /// - Throws: The errors of ``csv(_:)``.
  package static func markdown<Row: TableRow>(_ rows: [Row]) throws -> [String] {
    let fields = try rows.map { try Self.fields($0) }
    let rules = Row.columns.indices.map { column in
      fields.allSatisfy { $0[column]?.isNumber ?? true } ? "---:" : "---"
    }
    let cells = fields.map { row in
      row.map { $0?.short.replacingOccurrences(of: "|", with: "\\|") ?? "" }
    }
    return ([Row.columns, rules] + cells).map { "| " + $0.joined(separator: " | ") + " |" }
  }

  /// The fields of a row in the order of its columns.
  private static func fields<Row: TableRow>(_ row: Row) throws -> [Field?] {
    let fields = try JSONDecoder().decode([String: Field].self, from: JSONEncoder().encode(row))
    return Row.columns.map { fields[$0] }
  }

  /// A field in quotation marks where commas, line ends or quotation marks in it demand them.
  package static func quoted(_ field: String) -> String {
    let isPlain = !field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    return isPlain ? field : "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// A value of a row.
  private struct Field: Decodable {
    let text: String
    /// The text for people.
    let short: String
    let isNumber: Bool

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      var short: String?
      if value.decodeNil() {
        (text, isNumber) = ("", true)
      } else if let flag = try? value.decode(Bool.self) {
        (text, isNumber) = (String(flag), false)
      } else if let whole = try? value.decode(Int.self) {
        (text, isNumber) = (String(whole), true)
      } else if let number = try? value.decode(Double.self) {
        (text, isNumber) = (String(number), true)
        short = Quantities.significant(number)
      } else if let list = try? value.decode([Double].self) {
        (text, isNumber) = (list.map { String($0) }.joined(separator: " "), false)
        short = list.map(Quantities.significant).joined(separator: " ")
      } else {
        (text, isNumber) = (try value.decode(String.self), false)
      }
      self.short = short ?? text
    }
  }
}
