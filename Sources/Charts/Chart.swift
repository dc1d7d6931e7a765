/// A picture of numbers: a value that can be written as an SVG file.
package protocol Chart: Sendable {
  /// What stands above it, and what a screen reader calls it.
  var title: String { get }

  /// The whole file. The same chart always gives the same bytes. What is no number, or greater than 1e100, is
  /// left out.
  func svg() -> String
}

/// A point in the units of a chart's axes.
package struct ChartPoint: Hashable, Sendable {
  /// Along the horizontal axis.
  package var x: Double
  /// Along the vertical axis.
  package var y: Double

  /// Makes a point.
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

  /// Makes a series.
  package init(_ name: String, _ points: [ChartPoint]) {
    self.name = name
    self.points = points
  }
}

/// How numbers lie along an axis.
package enum ChartScaling: Hashable, Sendable {
  /// Equal differences are equally long.
  case linear
  /// Doublings are equally long; numbers that are not above 0 are left out.
  case log2

  func takes(_ value: Double) -> Bool {
    value.magnitude <= 1e100 && (self == .linear || value > 1e-100)
  }
}
