/// Several lines over a common axis.
package struct LineChart: Chart {
  /// The title above the chart.
  package var title: String
  /// The name of the horizontal axis, with its unit.
  package var xTitle: String
  /// The name of the vertical axis, with its unit.
  package var yTitle: String
  /// The scaling of the horizontal axis.
  package var xScaling: ChartScaling
  /// The scaling of the vertical axis.
  package var yScaling: ChartScaling
  /// True to show 0 on the vertical axis.
  package var includesZero: Bool
  /// The lines.
  package var series: [ChartSeries]
  /// A dotted line without markers to compare with, if any.
  package var ideal: ChartSeries?

  package init(
    title: String,
    xTitle: String,
    yTitle: String,
    xScaling: ChartScaling = .linear,
    yScaling: ChartScaling = .linear,
    includesZero: Bool = false,
    series: [ChartSeries],
    ideal: ChartSeries? = nil
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.xScaling = xScaling
    self.yScaling = yScaling
    self.includesZero = includesZero
    self.series = series
    self.ideal = ideal
  }

  /// Draws the chart as an SVG document.
  package func svg() -> String {
    var svg = SVGWriter()
    let lines = series.map { usable($0) }
    let ideal = ideal.map { usable($0) }
    let points = (lines + (ideal.map { [$0] } ?? [])).flatMap(\.points)
    let legend = lines.enumerated().map { PlotFrame.Entry(name: $1.name, style: $0, hasLine: true) }
    let frame = PlotFrame(
      title: title,
      xTitle: xTitle,
      yTitle: yTitle,
      x: ChartAxis(points.map(\.x), scaling: xScaling, count: 8),
      y: ChartAxis(points.map(\.y) + room(below: points), scaling: yScaling, includesZero: includesZero),
      legend: legend + (ideal.map { [PlotFrame.Entry(name: $0.name, style: nil, hasLine: true)] } ?? []),
      isEmpty: points.isEmpty,
      into: &svg
    )
    if let ideal { svg.polyline(ideal.points.map { frame.point($0) }, "ideal") }
    for (index, line) in lines.enumerated() {
      let style = index % ChartStyle.colours
      svg.polyline(line.points.map { frame.point($0) }, "l\(style)")
      for point in line.points {
        svg.shape(
          ChartMarker.path(index, at: frame.point(point)),
          "f\(style)",
          says: "\(line.name): \(ChartNumber.short(point.x)), \(ChartNumber.short(point.y))"
        )
      }
    }
    let names = series.map(\.name).joined(separator: ", ")
    return svg.document(
      height: frame.height,
      title: title,
      description: "Lines of \(yTitle) over \(xTitle): \(names)"
    )
  }

  /// A value that keeps the lowest line off the axis, from which it could not be told; none if the axis shows
  /// 0.
  private func room(below points: [ChartPoint]) -> [Double] {
    let values = points.map(\.y)
    guard yScaling == .linear, !includesZero, let least = values.min(), let most = values.max(), least < most
    else { return [] }
    let low = least - (most - least) * 0.02
    return [least >= 0 ? max(0, low) : low]
  }

  /// The points that can be drawn, from left to right.
  private func usable(_ series: ChartSeries) -> ChartSeries {
    let points = series.points.filter { xScaling.takes($0.x) && yScaling.takes($0.y) }
    return ChartSeries(series.name, points.sorted { ($0.x, $0.y) < ($1.x, $1.y) })
  }
}

extension SVGWriter {
  /// Adds a line through points; nothing for fewer than two.
  mutating func polyline(_ points: [ChartPoint], _ style: String) {
    guard points.count > 1 else { return }
    let places = points.map { ChartNumber.coordinate($0.x) + " " + ChartNumber.coordinate($0.y) }
    add("path", ["class": style, "d": "M" + places.joined(separator: "L")])
  }
}
