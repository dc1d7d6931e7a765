/// Points with names of their own, such as quality against cost.
package struct ScatterChart: Chart {
  /// A named point.
  package struct Item: Hashable, Sendable {
    /// The text beside it; may be empty.
    package var label: String
    /// Its place.
    package var point: ChartPoint
    /// The group of the item: all items of a group have one colour and marker.
    package var group: String

    package init(_ label: String, _ point: ChartPoint, group: String = "") {
      self.label = label
      self.point = point
      self.group = group
    }
  }

  /// The title above the chart.
  package var title: String
  /// The name of the horizontal axis, with its unit.
  package var xTitle: String
  /// The name of the vertical axis, with its unit.
  package var yTitle: String
  /// The scaling of the horizontal axis.
  package var xScaling: ChartScaling
  /// The range that the vertical axis covers at least; nil for that of the points.
  package var yRange: ClosedRange<Double>?
  /// The points.
  package var items: [Item]

  package init(
    title: String,
    xTitle: String,
    yTitle: String,
    xScaling: ChartScaling = .linear,
    yRange: ClosedRange<Double>? = nil,
    items: [Item]
  ) {
    self.yRange = yRange
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.xScaling = xScaling
    self.items = items
  }

  /// Draws the chart as an SVG document.
  package func svg() -> String {
    var svg = SVGWriter()
    let items = items.filter { xScaling.takes($0.point.x) && ChartScaling.linear.takes($0.point.y) }
    var groups: [String] = []
    for item in self.items where !groups.contains(item.group) { groups.append(item.group) }
    let legend = groups.enumerated().map { PlotFrame.Entry(name: $1, style: $0, hasLine: false) }
    let frame = PlotFrame(
      title: title,
      xTitle: xTitle,
      yTitle: yTitle,
      x: ChartAxis(items.map(\.point.x), scaling: xScaling, count: 8),
      y: ChartAxis(
        items.map(\.point.y) + (yRange.map { [$0.lowerBound, $0.upperBound] } ?? []),
        scaling: .linear
      ),
      legend: groups.count > 1 ? legend : [],
      isEmpty: items.isEmpty,
      into: &svg
    )
    let places = items.map { frame.point($0.point) }
    var taken = places.map { Box(around: $0) }
    // Labels come first, so that their lines lie below the markers. A label without a place is shown only
    // under the pointer.
    for (item, place) in zip(items, places) where !item.label.isEmpty {
      guard let (box, isFar) = Box.free(for: item.label, at: place, among: taken, in: frame) else { continue }
      taken.append(box)
      if isFar { svg.line(place, box.nearest(to: place), "lead") }
      svg.text(item.label, x: box.left, y: box.bottom - 4)
    }
    for (item, place) in zip(items, places) {
      let group = groups.firstIndex(of: item.group) ?? 0
      svg.shape(
        ChartMarker.path(group, at: place),
        "f\(group % ChartStyle.colours) rim",
        says: "\(item.label): \(ChartNumber.short(item.point.x)), \(ChartNumber.short(item.point.y))"
      )
    }
    return svg.document(
      height: frame.height,
      title: title,
      description: "Points of \(yTitle) over \(xTitle): \(items.map(\.label).joined(separator: ", "))"
    )
  }
}

/// A rectangle that is taken, in pixels.
private struct Box {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  init(left: Double, top: Double, width: Double, height: Double) {
    (self.left, self.top, self.right, self.bottom) = (left, top, left + width, top + height)
  }

  init(around place: ChartPoint) {
    self.init(left: place.x - 6, top: place.y - 6, width: 12, height: 12)
  }

  func meets(_ other: Box) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  /// The point near its rim that is nearest to a point outside.
  func nearest(to point: ChartPoint) -> ChartPoint {
    ChartPoint(min(max(point.x, left), right), min(max(point.y, top + 3), bottom - 3))
  }

  /// A place for a label near a point: the first inside the plot that meets nothing, of eight beside the
  /// point, then of eight at each of three larger distances.
  ///
  /// - Returns: The place, and true if it is not beside the point; nil when none is free.
  static func free(
    for label: String,
    at place: ChartPoint,
    among taken: [Box],
    in frame: PlotFrame
  ) -> (box: Box, isFar: Bool)? {
    let (width, height) = (ChartStyle.width(of: label), ChartStyle.fontSize + 4)
    for far in [0.0, 18, 36, 54] {
      let (near, above) = (9 + far, 9 + far)
      let (beside, aslant) = (7 + far, 6 + far)
      let offsets: [(Double, Double)] = [
        (near, -height / 2), (-near - width, -height / 2), (-width / 2, -above - height), (-width / 2, above),
        (beside, -aslant - height), (beside, aslant), (-beside - width, -aslant - height),
        (-beside - width, aslant),
      ]
      for (x, y) in offsets {
        let box = Box(left: place.x + x, top: place.y + y, width: width, height: height)
        let isInside =
          box.left >= frame.left && box.right <= ChartStyle.width - 4 && box.top >= frame.top
          && box.bottom <= frame.bottom
        if isInside, !taken.contains(where: { $0.meets(box) }) { return (box, far > 0) }
      }
    }
    return nil
  }
}
