internal import APITypes
internal import Foundation

/// A row of results whose fields are numbers, words, truth values and lists of numbers.
public protocol TableRow: Encodable {
  /// The keys of its JSON object in the order of a table's columns; those that a row lacks are empty there.
  static var columns: [String] { get }
}

/// Rows of results as text for programs.
public enum TableText {
  /// One JSON object a line.
  ///
  /// - Throws: `EncodingError` for numbers that JSON does not have.
  public static func jsonLines(_ rows: [some Encodable]) throws -> String {
    try rows.map { try APIJSON.string($0) + "\n" }.joined()
  }

  /// Comma-separated values as RFC 4180 has them, under a line with the names of the columns. A list of numbers
  /// is one field, with spaces between the numbers.
  ///
  /// - Throws: `EncodingError` for numbers that JSON does not have, `DecodingError` for fields that are lists
  ///   of anything else or objects.
  public static func csv<Row: TableRow>(_ rows: [Row]) throws -> String {
    var lines = [Row.columns]
    for row in rows {
      let fields = try JSONDecoder().decode([String: Field].self, from: JSONEncoder().encode(row))
      lines.append(Row.columns.map { fields[$0]?.text ?? "" })
    }
    return lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  /// A field in quotation marks where commas, line ends or quotation marks in it demand them.
  public static func quoted(_ field: String) -> String {
    let isPlain = !field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    return isPlain ? field : "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// A value of a row.
  private struct Field: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        text = ""
      } else if let flag = try? value.decode(Bool.self) {
        text = String(flag)
      } else if let whole = try? value.decode(Int.self) {
        text = String(whole)
      } else if let number = try? value.decode(Double.self) {
        text = String(number)
      } else if let list = try? value.decode([Double].self) {
        text = list.map { String($0) }.joined(separator: " ")
      } else {
        text = try value.decode(String.self)
      }
    }
  }
}
