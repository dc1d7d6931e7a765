/// Numbers in rows and columns, each in a cell of a colour that depends on it.
package struct HeatMap: Chart {
  /// The title above the chart.
  package var title: String
  /// The name of the columns.
  package var xTitle: String
  /// The name of the rows.
  package var yTitle: String
  /// The names below the columns.
  package var columns: [String]
  /// The names before the rows.
  package var rows: [String]
  /// The numbers, row by row; one that is missing or not a number leaves its cell empty.
  package var values: [[Double]]
  /// The numbers that have the first and the last colour; nil for the least and the greatest.
  package var range: ClosedRange<Double>?
  /// The number of decimals in the cells.
  package var places: Int

  package init(
    title: String,
    xTitle: String,
    yTitle: String,
    columns: [String],
    rows: [String],
    values: [[Double]],
    range: ClosedRange<Double>? = nil,
    places: Int = 2
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.columns = columns
    self.rows = rows
    self.values = values
    self.range = range
    self.places = places
  }

  /// Draws the chart as an SVG document.
  package func svg() -> String {
    var svg = SVGWriter()
    let top = svg.heading(title, legend: []) + 8
    let left = 44 + (rows.map { ChartStyle.width(of: $0) }.max() ?? 0)
    let width = min(120, (ChartStyle.width - 24 - left) / Double(max(1, columns.count)))
    let height = 34.0
    let bottom = top + height * Double(max(1, rows.count))
    let known = values.flatMap { $0 }.filter { ChartScaling.linear.takes($0) }
    let (low, high) = (range?.lowerBound ?? known.min() ?? 0, range?.upperBound ?? known.max() ?? 1)
    for (row, name) in rows.enumerated() {
      let y = top + height * Double(row)
      svg.text(name, x: left - 8, y: y + height / 2 + 4.5, "soft end")
      for column in columns.indices {
        let value = row < values.count && column < values[row].count ? values[row][column] : .nan
        guard ChartScaling.linear.takes(value) else { continue }
        let x = left + width * Double(column)
        let share = high > low ? (value - low) / (high - low) : 0.5
        let colour = HeatColour(share)
        svg.add(
          "rect",
          [
            "fill": colour.hexadecimal, "x": ChartNumber.coordinate(x + 1),
            "y": ChartNumber.coordinate(y + 1),
            "width": ChartNumber.coordinate(width - 2), "height": ChartNumber.coordinate(height - 2),
            "rx": "2",
          ]
        )
        svg.add(
          "text",
          [
            "class": "middle", "fill": colour.textColour, "x": ChartNumber.coordinate(x + width / 2),
            "y": ChartNumber.coordinate(y + height / 2 + 4.5),
          ],
          text: ChartNumber.fixed(value, places: places)
        )
      }
    }
    for (column, name) in columns.enumerated() {
      svg.text(name, x: left + width * (Double(column) + 0.5), y: bottom + 18, "soft middle")
    }
    let right = left + width * Double(columns.count)
    svg.text(xTitle, x: (left + right) / 2, y: bottom + 40, "soft middle")
    svg.upwards(yTitle, x: 20, y: (top + bottom) / 2)
    if known.isEmpty { svg.text("no data", x: left + 8, y: (top + bottom) / 2, "soft") }
    return svg.document(
      height: bottom + 54,
      title: title,
      description: "Cells by \(yTitle) (\(rows.joined(separator: ", "))) and \(xTitle) "
        + "(\(columns.joined(separator: ", "))), from \(ChartNumber.short(low)) to \(ChartNumber.short(high))"
    )
  }
}

/// A colour from dark blue over grey to yellow, after the map "cividis", which looks alike with all kinds of
/// colour vision.
struct HeatColour {
  private static let stops: [(Double, Double, Double)] = [
    (0, 32, 77), (49, 68, 107), (102, 105, 112), (149, 143, 120), (203, 186, 105), (255, 234, 70),
  ]
  private let channels: [Double]

  /// The colour of a share of the range, 0 to 1; a share outside has the colour of the nearer end.
  init(_ share: Double) {
    let at = min(max(share, 0), 1) * Double(Self.stops.count - 1)
    let index = min(Int(at), Self.stops.count - 2)
    let (a, b, t) = (Self.stops[index], Self.stops[index + 1], at - Double(index))
    channels = [a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t, a.2 + (b.2 - a.2) * t].map { $0.rounded() }
  }

  /// The colour in CSS.
  var hexadecimal: String {
    "#"
      + channels.map { channel in
        let text = String(Int(channel), radix: 16)
        return text.count < 2 ? "0" + text : text
      }.joined()
  }

  /// The colour of text on it, white or black.
  var textColour: String {
    let luma = 0.299 * channels[0] + 0.587 * channels[1] + 0.114 * channels[2]
    return luma < 125 ? "#ffffff" : "#000000"
  }
}
