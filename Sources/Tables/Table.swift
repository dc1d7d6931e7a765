internal import SystemText

/// Rows of text in aligned columns.
package struct Table: Sendable {
  /// The alignment of a column.
  package enum Alignment: Sendable {
    /// Text.
    case left
    /// Numbers.
    case right
  }

  private let alignments: [Alignment]
  private var rows: [[String]]

  /// Makes a table with its headings.
  ///
  /// - Parameter columns: Title and alignment of every column.
  package init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map(\.title)]
  }

  /// Adds a row. Missing cells are empty, and characters that a terminal would act on are escaped.
  package mutating func add(_ cells: [String]) {
    let filled =
      cells.map { TerminalText.line($0) }
      + Array(repeating: "", count: max(0, alignments.count - cells.count))
    rows.append(Array(filled.prefix(alignments.count)))
  }

  /// The lines, without spaces at their ends.
  package var lines: [String] {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = alignments.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return alignments[column] == .left ? row[column] + padding : padding + row[column]
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
