internal import Tables

/// One model of the data folder, as `braid model list` shows it.
package struct ModelRow: Codable, Hashable, Sendable {
  /// The name by which `--model` finds it.
  package var name: String
  /// The path of its file; of a split model, that of the first part that is there.
  package var file: String
  /// The size of all its files in bytes.
  package var fileBytes: Int?
  /// The number of its files: more than 1 for a split model.
  package var parts: Int?
  /// The architecture, for example `llama`.
  package var architecture: String?
  /// The number of weights.
  package var parameters: Int?
  /// The type of the tensors that take the most bytes, for example `Q4_K`.
  package var quantisation: String?
  /// The number of tokens for which it was trained.
  package var contextTokens: Int?
  /// True if Braid runs it.
  package var runs: Bool
  /// Why Braid does not run it, in one line.
  package var reason: String?
  /// True for the model that is taken where none is named.
  package var isDefault: Bool

  /// A row about a file of which nothing is known yet but that it does not run.
  package init(name: String, file: String, isDefault: Bool) {
    self.name = name
    self.file = file
    self.isDefault = isDefault
    runs = false
  }

  private enum CodingKeys: String, CodingKey {
    case name, file, parts, architecture, parameters, quantisation, runs, reason
    case fileBytes = "file_bytes"
    case contextTokens = "context_tokens"
    case isDefault = "default"
  }

  /// The type to which most bytes belong.
  ///
  /// - Parameter tensors: The type and the bytes of each tensor.
  /// - Returns: Its name; of two with equally many bytes the first by name, nil without tensors.
  package static func quantisation(_ tensors: [(type: String, bytes: Int)]) -> String? {
    var sums: [String: Int] = [:]
    for tensor in tensors {
      // Tensors may lie over each other in a file that means harm.
      let (sum, overflow) = sums[tensor.type, default: 0].addingReportingOverflow(tensor.bytes)
      sums[tensor.type] = overflow ? .max : sum
    }
    return sums.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
  }

  /// Rows as a table for people.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - folder: The folder in which models are looked for; nil where it is not known.
  /// - Returns: Its lines.
  package static func lines(_ rows: [ModelRow], folder: String?) -> [String] {
    guard !rows.isEmpty else {
      return ["no models" + (folder.map { " in \($0)" } ?? ": neither BRAID_DATA nor HOME is set")]
    }
    var table = Table([
      ("model", .left), ("architecture", .left), ("parameters", .right), ("size", .right), ("type", .left),
      ("context", .right), ("runs", .left),
    ])
    for row in rows {
      let count = row.parts.map { $0 > 1 ? " in \($0) files" : "" } ?? ""
      table.add([
        row.name + (row.isDefault ? " (default)" : ""), row.architecture ?? "",
        row.parameters.map(Quantities.count) ?? "", (row.fileBytes.map(Quantities.bytes) ?? "") + count,
        row.quantisation ?? "", row.contextTokens.map(Quantities.count) ?? "",
        row.runs ? "yes" : "no" + (row.reason.map { ": \($0)" } ?? ""),
      ])
    }
    return table.lines
  }
}
