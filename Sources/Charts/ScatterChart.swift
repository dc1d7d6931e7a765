/// Points with names of their own, such as quality against cost.
package struct ScatterChart: Chart {
  /// A named point.
  package struct Item: Hashable, Sendable {
    /// What is written beside it; may be empty.
    package var label: String
    /// Where it lies.
    package var point: ChartPoint
    /// What it belongs to: all items of a group have one colour and marker.
    package var group: String

    /// Makes a point.
    package init(_ label: String, _ point: ChartPoint, group: String = "") {
      self.label = label
      self.point = point
      self.group = group
    }
  }

  package var title: String
  /// The name of the horizontal axis, with its unit.
  package var xTitle: String
  /// The name of the vertical axis, with its unit.
  package var yTitle: String
  /// How the horizontal axis is divided.
  package var xScaling: ChartScaling
  /// The points.
  package var items: [Item]

  /// Makes a chart.
  package init(
    title: String,
    xTitle: String,
    yTitle: String,
    xScaling: ChartScaling = .linear,
    items: [Item]
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.xScaling = xScaling
    self.items = items
  }

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
      y: ChartAxis(items.map(\.point.y), scaling: .linear),
      legend: groups.count > 1 ? legend : [],
      isEmpty: items.isEmpty,
      into: &svg
    )
    let places = items.map { frame.point($0.point) }
    var taken = places.map { Box(around: $0) }
    for (item, place) in zip(items, places) {
      let group = groups.firstIndex(of: item.group) ?? 0
      svg.shape(
        ChartMarker.path(group, at: place),
        "f\(group % ChartStyle.colours) rim",
        says: "\(item.label): \(ChartNumber.short(item.point.x)), \(ChartNumber.short(item.point.y))"
      )
    }
    for (item, place) in zip(items, places) where !item.label.isEmpty {
      let box = Box.free(for: item.label, at: place, among: taken, in: frame)
      taken.append(box)
      svg.text(item.label, x: box.left, y: box.bottom - 4)
    }
    return svg.document(
      height: frame.height,
      title: title,
      description: "Points of \(yTitle) over \(xTitle): \(items.map(\.label).joined(separator: ", "))"
    )
  }
}

/// A place that is taken, in pixels.
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

  /// A place for a label beside a point: the first of eight that meets nothing, else the first one inside the
  /// plot.
  static func free(for label: String, at place: ChartPoint, among taken: [Box], in frame: PlotFrame) -> Box {
    let (width, height) = (ChartStyle.width(of: label), ChartStyle.fontSize + 4)
    let offsets: [(Double, Double)] = [
      (9, -height / 2), (-9 - width, -height / 2), (-width / 2, -9 - height), (-width / 2, 9),
      (7, -6 - height), (7, 6), (-7 - width, -6 - height), (-7 - width, 6),
    ]
    let boxes = offsets.map {
      Box(left: place.x + $0.0, top: place.y + $0.1, width: width, height: height)
    }
    let inside = boxes.filter {
      $0.left >= frame.left && $0.right <= ChartStyle.width && $0.top >= frame.top
        && $0.bottom <= frame.bottom
    }
    return inside.first { box in !taken.contains { $0.meets(box) } } ?? inside.first ?? boxes[0]
  }
}
