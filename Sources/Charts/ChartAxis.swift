#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// One axis: its range, which ends at ticks, and the ticks.
package struct ChartAxis: Sendable {
  /// A marked value.
  package struct Tick: Hashable, Sendable {
    /// The value.
    package var value: Double
    /// The text at it.
    package var label: String
  }

  /// The ticks, from the least to the greatest.
  package let ticks: [Tick]
  private let scaling: ChartScaling
  private let low: Double
  private let high: Double

  /// Chooses ticks: steps of 1, 2 or 5 times a power of ten, or powers of two.
  ///
  /// - Parameters:
  ///   - values: The values along the axis; may be empty.
  ///   - scaling: The scaling.
  ///   - includesZero: True for a linear axis that includes 0.
  ///   - count: The approximate number of steps.
  package init(_ values: [Double], scaling: ChartScaling, includesZero: Bool = false, count: Int = 6) {
    let known = values.filter { scaling.takes($0) } + (includesZero && scaling == .linear ? [0] : [])
    let (least, greatest) = (known.min() ?? 0, known.max() ?? 1)
    switch scaling {
    case .linear: ticks = Self.linear(least, greatest, count: max(1, count))
    case .log2: ticks = Self.powers(known.isEmpty ? 1 : least, greatest, count: max(1, count))
    }
    self.scaling = scaling
    low = Self.scaled(ticks.first?.value ?? 0, scaling)
    high = Self.scaled(ticks.last?.value ?? 1, scaling)
  }

  /// The position of a value: 0 at the first tick, 1 at the last.
  package func position(_ value: Double) -> Double {
    high > low ? (Self.scaled(value, scaling) - low) / (high - low) : 0.5
  }

  private static func scaled(_ value: Double, _ scaling: ChartScaling) -> Double {
    scaling == .linear ? value : Glibc.log2(value)
  }

  private static func linear(_ least: Double, _ greatest: Double, count: Int) -> [Tick] {
    let size = max(least.magnitude, greatest.magnitude)
    var (low, high) = (least, greatest)
    // A single value gets a margin around it.
    if high - low <= size * 1e-9 {
      let room = size > 0 ? size * 0.1 : 1
      (low, high) = (low - room, high + room)
    }
    let raw = (high - low) / Double(count)
    let exponent = log10(raw).rounded(.down)
    let power = pow(10, exponent)
    let factor = [1.0, 2, 5].first { $0 * power >= raw * 0.999_999 } ?? 10
    let step = factor * power
    let places = Int(-(factor == 10 ? exponent + 1 : exponent))
    // A value that is a multiple except for rounding counts as one.
    var multiple = (low / step + 1e-9).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    var ticks: [Tick] = []
    while multiple <= last, ticks.count < 4 * count + 4 {
      let value = multiple * step
      let isPlain = places <= 6 && size < 1e9
      let label =
        isPlain
        ? ChartNumber.fixed(value, places: max(0, places), commas: true) : ChartNumber.scientific(value)
      ticks.append(Tick(value: value, label: label))
      multiple += 1
    }
    return ticks
  }

  private static func powers(_ least: Double, _ greatest: Double, count: Int) -> [Tick] {
    var first = (Glibc.log2(least) + 1e-9).rounded(.down)
    var last = (Glibc.log2(greatest) - 1e-9).rounded(.up)
    if last <= first { (first, last) = (first - 1, first + 1) }
    let step = ((last - first) / Double(2 * count)).rounded(.up)
    var ticks: [Tick] = []
    while true {
      let value = exp2(first)
      ticks.append(Tick(value: value, label: ChartNumber.short(value, wholeBelow: 1e9)))
      if first >= last { return ticks }
      first += step
    }
  }
}

extension ChartNumber {
  /// As ``short(_:)``, but whole numbers below a limit with all their digits.
  fileprivate static func short(_ value: Double, wholeBelow limit: Double) -> String {
    value < limit && value.rounded() == value ? fixed(value, places: 0, commas: true) : short(value)
  }
}
