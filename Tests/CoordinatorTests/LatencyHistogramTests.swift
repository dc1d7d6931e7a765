internal import Coordinator
internal import Testing

@Suite("Latencies")
struct LatencyHistogramTests {
  @Test func quantilesAreWithinABucket() {
    var histogram = LatencyHistogram()
    #expect(histogram.quantile(0.99) == 0)
    for microseconds in 1...1000 { histogram.add(.microseconds(microseconds)) }
    #expect(histogram.count == 1000)
    for (share, expected) in [(0.5, 500e-6), (0.99, 990e-6), (0.001, 1e-6)] {
      let value = histogram.quantile(share)
      #expect(value >= expected && value <= expected * 1.13, "\(share): \(value)")
    }
    #expect(abs(histogram.quantile(1) - 1e-3) < 1e-12)
    #expect(histogram.maximum == histogram.quantile(1))
  }

  @Test func extremesCountAsWhatTheyAre() {
    var histogram = LatencyHistogram()
    for latency in [Duration.zero, .seconds(-3), .nanoseconds(1), .seconds(100_000)] {
      histogram.add(latency)
    }
    #expect(histogram.count == 4)
    #expect(histogram.quantile(0.5) <= 2e-9)
    #expect(histogram.quantile(1) == 100_000)
  }

  @Test func longestAndShortestLatenciesAndAnyShareAreTaken() {
    var histogram = LatencyHistogram()
    for latency in [Duration(secondsComponent: .max, attosecondsComponent: 0), .seconds(Int64.min), .zero] {
      histogram.add(latency)
    }
    #expect(histogram.count == 3 && histogram.maximum > 9e18)
    for share in [Double.nan, -.infinity, .infinity, -1, 2] { #expect(histogram.quantile(share) >= 0) }
  }
}
