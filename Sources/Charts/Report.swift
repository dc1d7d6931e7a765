/// A report of text, tables and charts: a Markdown file and an SVG file for each chart beside it.
package struct Report: Sendable {
  enum Block: Sendable {
    case heading(String, level: Int)
    case paragraph(String)
    case command(String)
    case table([String], rows: [[String]], isNumber: [Bool])
    case chart(file: String, title: String)
  }

  /// A file of a report.
  package struct File: Hashable, Sendable {
    /// Its name, of lower-case letters, digits and hyphens, and its extension.
    package var name: String
    /// Its text.
    package var content: String
  }

  private(set) var blocks: [Block] = []
  private(set) var charts: [File] = []

  /// Makes a report that has a title only.
  package init(title: String) { add(heading: title, level: 1) }

  /// Adds a heading.
  ///
  /// - Parameters:
  ///   - heading: Its text.
  ///   - level: 1 to 6.
  package mutating func add(heading: String, level: Int = 2) {
    blocks.append(.heading(Self.line(heading), level: min(max(level, 1), 6)))
  }

  /// Adds a paragraph of Markdown.
  package mutating func add(paragraph: String) { blocks.append(.paragraph(paragraph)) }

  /// Adds a command, word for word.
  package mutating func add(command: String) {
    blocks.append(.command(command))
  }

  /// Adds a table; columns of numbers are aligned on the right.
  ///
  /// - Parameters:
  ///   - columns: The headings.
  ///   - rows: The cells; missing ones are empty.
  package mutating func add(table columns: [String], rows: [[String]]) {
    let isNumber = columns.indices.map { column in
      let cells = rows.compactMap { column < $0.count && !$0[column].isEmpty ? $0[column] : nil }
      return !cells.isEmpty && cells.allSatisfy { $0.first?.isNumber == true || $0.first == "-" }
    }
    let cells = rows.map { row in columns.indices.map { $0 < row.count ? Self.line(row[$0]) : "" } }
    blocks.append(.table(columns.map(Self.line), rows: cells, isNumber: isNumber))
  }

  private static func markdown(_ columns: [String], _ rows: [[String]], isNumber: [Bool]) -> String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    let rules = isNumber.map { $0 ? "---:" : "---" }
    return ([columns, rules] + rows).map(line).joined(separator: "\n")
  }

  /// Adds a chart.
  ///
  /// - Parameters:
  ///   - chart: The chart.
  ///   - name: The name of its file. Characters that do not belong in file names become hyphens, and a name
  ///     that is taken gets a number.
  package mutating func add(_ chart: some Chart, name: String) {
    let stem = Self.stem(name)
    var file = stem + ".svg"
    var number = 2
    while charts.contains(where: { $0.name == file }) {
      file = "\(stem)-\(number).svg"
      number += 1
    }
    charts.append(File(name: file, content: chart.svg()))
    blocks.append(.chart(file: file, title: chart.title))
  }

  /// The files of the report, to be written into one folder.
  ///
  /// - Parameter name: The name of the Markdown file, without its extension.
  /// - Returns: The Markdown file, then the charts in their order.
  package func files(named name: String = "report") -> [File] {
    let texts = blocks.map { block in
      switch block {
      case .heading(let text, let level): String(repeating: "#", count: level) + " " + text
      case .paragraph(let text): text
      case .command(let text): "```sh\n\(text)\n```"
      case .table(let columns, let rows, let isNumber): Self.markdown(columns, rows, isNumber: isNumber)
      case .chart(let file, let title):
        "![\(Self.line(title).replacing("[", with: "(").replacing("]", with: ")"))](\(file))"
      }
    }
    return [File(name: Self.stem(name) + ".md", content: texts.joined(separator: "\n\n") + "\n")] + charts
  }

  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private static func stem(_ name: String) -> String {
    let parts = name.lowercased().unicodeScalars
      .split { !("a"..."z").contains($0) && !("0"..."9").contains($0) }
      .map { String($0) }
    let stem = parts.joined(separator: "-")
    return stem.isEmpty ? "chart" : String(stem.prefix(100))
  }
}
