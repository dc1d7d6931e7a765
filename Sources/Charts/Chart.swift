/// A picture of numbers, which can be written as an SVG file.
package protocol Chart: Sendable {
  /// The title above it, also its name for a screen reader.
  var title: String { get }

  /// Writes the whole file. The same chart always gives the same bytes. Values that are not numbers, or whose
  /// magnitude is above 1e100, are left out.
  func svg() -> String
}

/// A point in the units of a chart's axes.
package struct ChartPoint: Hashable, Sendable {
  /// The value along the horizontal axis.
  package var x: Double
  /// The value along the vertical axis.
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// Points that belong together, under one name, colour and marker.
package struct ChartSeries: Hashable, Sendable {
  /// The name in the legend.
  package var name: String
  /// The points, in any order.
  package var points: [ChartPoint]

  package init(_ name: String, _ points: [ChartPoint]) {
    self.name = name
    self.points = points
  }
}

/// The scaling of an axis.
package enum ChartScaling: Hashable, Sendable {
  /// Equal differences are equally long.
  case linear
  /// Doublings are equally long; numbers that are not above 1e-100 are left out.
  case log2

  func takes(_ value: Double) -> Bool {
    value.magnitude <= 1e100 && (self == .linear || value > 1e-100)
  }
}
