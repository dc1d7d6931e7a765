/// Horizontal bars of several parts: stacked one behind the other, or each at a place of its own, as in a
/// Gantt chart.
package struct BarChart: Chart {
  /// A part of a bar.
  package struct Part: Hashable, Sendable {
    /// The kind of the part; parts of one kind have one colour.
    package var kind: String
    /// The start; nil for the end of the part before it.
    package var start: Double?
    /// The length; parts that are not longer than 0 are left out.
    package var length: Double
    /// The text on it, if it fits; nil for none.
    package var label: String?

    package init(_ kind: String, start: Double? = nil, length: Double, label: String? = nil) {
      self.label = label
      self.kind = kind
      self.start = start
      self.length = length
    }
  }

  /// One bar.
  package struct Bar: Hashable, Sendable {
    /// The text before it.
    package var label: String
    /// Its parts, from left to right.
    package var parts: [Part]

    package init(_ label: String, _ parts: [Part]) {
      self.label = label
      self.parts = parts
    }
  }

  /// The title above the chart.
  package var title: String
  /// The name of the horizontal axis, with its unit.
  package var xTitle: String
  /// The bars, from above.
  package var bars: [Bar]

  package init(title: String, xTitle: String, bars: [Bar]) {
    self.title = title
    self.xTitle = xTitle
    self.bars = bars
  }

  /// A part with its start and end.
  private struct Placed {
    var kind: String
    var start: Double
    var end: Double
    var label: String?
  }

  private func place(_ bar: Bar) -> [Placed] {
    var end = 0.0
    var result: [Placed] = []
    for part in bar.parts {
      let start = part.start ?? end
      guard ChartScaling.linear.takes(start), ChartScaling.linear.takes(part.length), part.length > 0 else {
        continue
      }
      end = start + part.length
      result.append(Placed(kind: part.kind, start: start, end: end, label: part.label))
    }
    return result
  }

  /// Draws the chart as an SVG document.
  package func svg() -> String {
    var svg = SVGWriter()
    var kinds: [String] = []
    for part in bars.flatMap(\.parts) where !kinds.contains(part.kind) { kinds.append(part.kind) }
    let placed = bars.map { place($0) }
    let ends = placed.flatMap { $0 }.flatMap { [$0.start, $0.end] }
    let axis = ChartAxis(ends, scaling: .linear, includesZero: true, count: 8)
    let legend = kinds.enumerated().map { PlotFrame.Entry(name: $1, style: nil, hasLine: false, swatch: $0) }
    let top = svg.heading(title, legend: legend) + 8
    let left = 28 + (bars.map { ChartStyle.width(of: $0.label) }.max() ?? 0)
    let right = ChartStyle.width - 32
    let height = 28.0
    let bottom = top + height * Double(max(2, bars.count))
    func x(_ value: Double) -> Double { left + axis.position(value) * (right - left) }
    for tick in axis.ticks {
      svg.line(ChartPoint(x(tick.value), top), ChartPoint(x(tick.value), bottom), "grid")
      svg.text(tick.label, x: x(tick.value), y: bottom + 20, "soft middle")
    }
    for (row, bar) in bars.enumerated() {
      let y = top + height * Double(row)
      svg.text(bar.label, x: left - 8, y: y + height / 2 + 4.5, "soft end")
      for part in placed[row] {
        let kind = kinds.firstIndex(of: part.kind) ?? 0
        // A rim would hide a part that is hardly wider than itself.
        let isWide = x(part.end) - x(part.start) >= 4
        svg.bar(
          from: ChartPoint(x(part.start), y + 4),
          to: ChartPoint(x(part.end), y + height - 4),
          "f\(kind % ChartStyle.colours)" + (isWide ? " rim" : ""),
          says:
            "\(bar.label), \(part.label.map { $0 + ", " } ?? "")\(part.kind): "
            + "\(ChartNumber.short(part.start)) to \(ChartNumber.short(part.end))"
        )
        if let label = part.label, ChartStyle.width(of: label) + 8 <= x(part.end) - x(part.start) {
          svg.text(label, x: x((part.start + part.end) / 2), y: y + height / 2 + 4.5, "on middle")
        }
      }
    }
    svg.line(ChartPoint(left, top), ChartPoint(left, bottom), "axis")
    svg.line(ChartPoint(left, bottom), ChartPoint(right, bottom), "axis")
    svg.text(xTitle, x: (left + right) / 2, y: bottom + 42, "soft middle")
    if ends.isEmpty { svg.text("no data", x: (left + right) / 2, y: (top + bottom) / 2, "soft middle") }
    return svg.document(
      height: bottom + 56,
      title: title,
      description: "Bars along \(xTitle): \(bars.map(\.label).joined(separator: ", ")), "
        + "made of \(kinds.joined(separator: ", "))"
    )
  }
}

extension SVGWriter {
  /// Adds a rectangle between two corners.
  mutating func bar(from: ChartPoint, to: ChartPoint, _ style: String, says text: String? = nil) {
    let edges = [from.x, from.y, to.x, to.y].map(ChartNumber.coordinate)
    shape("M\(edges[0]) \(edges[1])H\(edges[2])V\(edges[3])H\(edges[0])Z", style, says: text)
  }
}
