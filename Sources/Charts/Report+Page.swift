extension Report {
  /// The report as one page of HTML that needs no other file and no network.
  ///
  /// - Parameter name: The name of the file, without its extension.
  /// - Returns: The page, light or dark as the reader prefers.
  package func page(named name: String = "report") -> File {
    var title = "Report"
    var body: [String] = []
    for block in blocks {
      switch block {
      case .heading(let text, let level):
        if level == 1 { title = text }
        body.append("<h\(level)>\(Self.inline(text))</h\(level)>")
      case .paragraph(let text): body.append("<p>\(Self.inline(text))</p>")
      case .command(let text): body.append("<pre><code>\(SVGWriter.escapedLines(text))</code></pre>")
      case .table(let columns, let rows, let isNumber):
        body.append(Self.table(columns, rows, isNumber: isNumber))
      case .chart(let file, _):
        if let chart = charts.first(where: { $0.name == file }) {
          body.append("<figure>\n\(chart.content)</figure>")
        }
      }
    }
    let head = [
      "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">",
      "<meta name=\"color-scheme\" content=\"light dark\">", "<title>\(SVGWriter.escaped(title))</title>",
      "<style>\n\(Self.sheet)\n</style>", "</head>", "<body>", "<main>",
    ]
    return File(
      name: files(named: name)[0].name.replacing(".md", with: ".html"),
      content: (head + body + ["</main>", "</body>", "</html>", ""]).joined(separator: "\n")
    )
  }

  private static func table(_ columns: [String], _ rows: [[String]], isNumber: [Bool]) -> String {
    func line(_ cells: [String], _ element: String) -> String {
      let cells = cells.enumerated().map { index, cell in
        let style = isNumber[index] ? " class=\"number\"" : ""
        return "<\(element)\(style)>\(SVGWriter.escaped(cell))</\(element)>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    let head = "<thead>\(line(columns, "th"))</thead>"
    let lines = ["<div class=\"table\"><table>", head, "<tbody>"] + rows.map { line($0, "td") }
    return (lines + ["</tbody></table></div>"]).joined(separator: "\n")
  }

  /// A line of Markdown as HTML: text between backticks is code; nothing else is markup.
  private static func inline(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count % 2 == 1 else { return SVGWriter.escaped(text) }
    return parts.enumerated().map { index, part in
      let part = SVGWriter.escaped(String(part))
      return index % 2 == 1 ? "<code>\(part)</code>" : part
    }.joined()
  }

  private static let sheet = """
    :root{color-scheme:light dark;--paper:#ffffff;--ink:#1f2328;--soft:#59636e;--rule:#d9dee3;--block:#f3f5f7}
    @media (prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--soft:#9da7b3;--rule:#30363d;\
    --block:#161b22}}
    body{margin:0;background:var(--paper);color:var(--ink);\
    font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
    main{max-width:1120px;margin:0 auto;padding:24px 20px 48px}
    h1{font-size:26px;line-height:1.25;margin:8px 0 16px}
    h2{font-size:19px;margin:36px 0 12px}
    p{max-width:80ch;margin:12px 0}
    code{font:13px ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace;background:var(--block);\
    padding:1px 4px;border-radius:4px}
    pre{background:var(--block);padding:12px 14px;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
    pre code{padding:0;background:none}
    .table{overflow-x:auto;margin:16px 0}
    table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
    th,td{padding:5px 10px;border-bottom:1px solid var(--rule);text-align:left;white-space:nowrap}
    th{color:var(--soft);font-weight:600;vertical-align:bottom}
    .number{text-align:right}
    figure{margin:20px 0}
    figure svg{display:block;max-width:100%;height:auto}
    """
}
