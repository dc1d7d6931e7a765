/// The parts that charts with two axes share: title, legend, grid, ticks and names of the axes.
struct PlotFrame {
  /// An entry of the legend.
  struct Entry {
    var name: String
    /// The index of the colour and marker; nil for the ideal line.
    var style: Int?
    /// True if a line belongs to it.
    var hasLine: Bool
    /// The index of its rectangle's colour; nil for none.
    var swatch: Int?
  }

  let x: ChartAxis
  let y: ChartAxis
  /// The edges of the plot, in pixels.
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  /// The height of the chart, in pixels.
  let height: Double

  /// Draws the frame around the points.
  init(
    title: String,
    xTitle: String,
    yTitle: String,
    x: ChartAxis,
    y: ChartAxis,
    legend: [Entry],
    isEmpty: Bool,
    into svg: inout SVGWriter
  ) {
    self.x = x
    self.y = y
    let labels = y.ticks.map { ChartStyle.width(of: $0.label) }.max() ?? 0
    left = 44 + labels
    right = ChartStyle.width - 32
    top = svg.heading(title, legend: legend) + 10
    bottom = top + 320
    height = bottom + 56
    for tick in y.ticks {
      let at = point(ChartPoint(0, tick.value), isXKnown: false).y
      svg.line(ChartPoint(left, at), ChartPoint(right, at), "grid")
      svg.text(tick.label, x: left - 8, y: at + 4.5, "soft end")
    }
    for tick in x.ticks {
      let at = left + x.position(tick.value) * (right - left)
      svg.line(ChartPoint(at, top), ChartPoint(at, bottom), "grid")
      svg.text(tick.label, x: at, y: bottom + 20, "soft middle")
    }
    svg.line(ChartPoint(left, bottom), ChartPoint(right, bottom), "axis")
    svg.line(ChartPoint(left, top), ChartPoint(left, bottom), "axis")
    svg.text(xTitle, x: (left + right) / 2, y: bottom + 42, "soft middle")
    svg.upwards(yTitle, x: 20, y: (top + bottom) / 2)
    if isEmpty { svg.text("no data", x: (left + right) / 2, y: (top + bottom) / 2, "soft middle") }
  }

  /// The position of a point of the axes, in pixels.
  func point(_ point: ChartPoint, isXKnown: Bool = true) -> ChartPoint {
    ChartPoint(
      isXKnown ? left + x.position(point.x) * (right - left) : left,
      bottom - y.position(point.y) * (bottom - top)
    )
  }
}

extension SVGWriter {
  /// Writes a title and a legend under it, in as many lines as they need.
  ///
  /// - Returns: The position below them, in pixels from above.
  mutating func heading(_ title: String, legend: [PlotFrame.Entry]) -> Double {
    var y = 8.0
    for line in ChartStyle.wrapped(title, width: ChartStyle.width - 80, size: ChartStyle.titleSize) {
      y += 22
      text(line, x: 20, y: y, "title")
    }
    var x = 20.0
    y += legend.isEmpty ? 4 : 24
    for entry in legend {
      let width = 36 + ChartStyle.width(of: entry.name) + 14
      if x > 20, x + width > ChartStyle.width {
        x = 20
        y += 20
      }
      let middle = ChartPoint(x + 14, y - 4.5)
      if entry.hasLine {
        let style = entry.style.map { "l\($0 % ChartStyle.colours)" } ?? "ideal"
        line(ChartPoint(x, middle.y), ChartPoint(x + 28, middle.y), style)
      }
      if let style = entry.style {
        shape(ChartMarker.path(style, at: middle), "f\(style % ChartStyle.colours)")
      }
      if let swatch = entry.swatch {
        let style = "f\(swatch % ChartStyle.colours)"
        bar(from: ChartPoint(x + 6, y - 11), to: ChartPoint(x + 26, y + 1), style)
      }
      text(entry.name, x: x + 34, y: y)
      x += width
    }
    return y + 6
  }
}

/// The markers, one shape for each series, so that series differ not by colour alone.
enum ChartMarker {
  /// A marker's outline around a place.
  static func path(_ index: Int, at place: ChartPoint) -> String {
    func point(_ dx: Double, _ dy: Double) -> String {
      ChartNumber.coordinate(place.x + dx) + " " + ChartNumber.coordinate(place.y + dy)
    }
    func polygon(_ points: [(Double, Double)]) -> String {
      "M" + points.map { point($0.0, $0.1) }.joined(separator: "L") + "Z"
    }
    switch index % 6 {
    case 0: return "M\(point(-4, 0))a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z"
    case 1: return polygon([(-3.7, -3.7), (3.7, -3.7), (3.7, 3.7), (-3.7, 3.7)])
    case 2: return polygon([(0, -5), (4.8, 3.6), (-4.8, 3.6)])
    case 3: return polygon([(0, -5.2), (5.2, 0), (0, 5.2), (-5.2, 0)])
    case 4: return polygon([(0, 5), (4.8, -3.6), (-4.8, -3.6)])
    default:
      return polygon([
        (-1.7, -5), (1.7, -5), (1.7, -1.7), (5, -1.7), (5, 1.7), (1.7, 1.7), (1.7, 5), (-1.7, 5), (-1.7, 1.7),
        (-5, 1.7), (-5, -1.7), (-1.7, -1.7),
      ])
    }
  }
}
