/// A histogram of latencies, in buckets that are at most an eighth wide: a value without clocks.
package struct LatencyHistogram: Hashable, Sendable {
  /// Buckets for each doubling.
  private static let subdivisions = 8
  private static let buckets = 40 * subdivisions
  private var counts = [Int](repeating: 0, count: buckets)
  /// The number of latencies.
  package private(set) var count = 0
  /// The longest of them, in seconds; 0 when there is none.
  package private(set) var maximum = 0.0

  /// Makes an empty histogram.
  package init() {}

  /// Counts a latency. A negative one, which clocks may yield, counts as zero.
  ///
  /// - Parameter latency: The latency.
  package mutating func add(_ latency: Duration) {
    let nanoseconds =
      max(0, Double(latency.components.attoseconds) * 1e-9)
      + max(0, Double(latency.components.seconds) * 1e9)
    counts[Self.bucket(of: nanoseconds)] += 1
    count += 1
    maximum = max(maximum, nanoseconds * 1e-9)
  }

  /// Returns the latency that a share of all latencies do not exceed.
  ///
  /// - Parameter share: From 0 to 1; 0.99 for the 99th percentile.
  /// - Returns: Seconds, at most an eighth more than the true value; 0 when nothing was counted.
  package func quantile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    let wanted = max(1, Int((min(1, max(0, share)) * Double(count)).rounded(.up)))
    var seen = 0
    for (index, bucketCount) in counts.enumerated() {
      seen += bucketCount
      // The last bucket has no end.
      guard seen >= wanted, index < Self.buckets - 1 else { continue }
      return min(maximum, Self.upperBound(ofBucket: index) * 1e-9)
    }
    return maximum
  }

  private static func bucket(of nanoseconds: Double) -> Int {
    guard nanoseconds >= 1 else { return 0 }
    let exponent = nanoseconds.exponent
    let fraction = nanoseconds.significand - 1
    let index = Int(exponent) * subdivisions + Int(fraction * Double(subdivisions))
    return min(index, buckets - 1)
  }

  private static func upperBound(ofBucket index: Int) -> Double {
    let (exponent, part) = index.quotientAndRemainder(dividingBy: subdivisions)
    return Double(sign: .plus, exponent: exponent, significand: 1 + Double(part + 1) / Double(subdivisions))
  }
}

/// The latencies of granted leases.
package struct LeaseLatencies: Hashable, Sendable {
  /// The time spent on each lease: on deciding, and on writing and handing over the reply.
  package var service = LatencyHistogram()
  /// The time from the moment at which a worker that had asked could have the lease, to the reply. It
  /// includes the time in which other leases were granted, or other threads ran.
  package var wait = LatencyHistogram()

  /// Makes empty histograms.
  package init() {}
}
