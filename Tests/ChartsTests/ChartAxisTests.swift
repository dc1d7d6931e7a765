internal import Charts
internal import Testing

/// The choice of ticks.
@Suite struct ChartAxisTests {
  private func labels(_ values: [Double], _ scaling: ChartScaling = .linear, zero: Bool = false) -> [String] {
    ChartAxis(values, scaling: scaling, includesZero: zero).ticks.map(\.label)
  }

  @Test(
    arguments: [
      ([0, 6], ["0", "1", "2", "3", "4", "5", "6"]),
      ([0.12, 0.98], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ([-3, 2.5], ["-3", "-2", "-1", "0", "1", "2", "3"]),
      ([2.31, 2.36], ["2.31", "2.32", "2.33", "2.34", "2.35", "2.36"]),
      ([0, 42_000], ["0", "10,000", "20,000", "30,000", "40,000", "50,000"]),
      ([0, 3e-5], ["0.000000", "0.000005", "0.000010", "0.000015", "0.000020", "0.000025", "0.000030"]),
      ([0, 2e9], ["0", "5e8", "1e9", "1.5e9", "2e9"]),
      ([5], ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4", "5.6"]),
      ([0], ["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
      ([], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ([.nan, 1, .infinity, 2], ["1.0", "1.2", "1.4", "1.6", "1.8", "2.0"]),
    ] as [([Double], [String])]
  )
  func linearTicks(values: [Double], expected: [String]) {
    #expect(labels(values) == expected)
  }

  @Test(
    arguments: [
      ([1, 8], ["1", "2", "4", "8"]),
      ([3, 9], ["2", "4", "8", "16"]),
      ([1024, 65536], ["1024", "2048", "4096", "8192", "16,384", "32,768", "65,536"]),
      ([4096], ["2048", "4096", "8192"]),
      ([0.25, 1], ["0.25", "0.5", "1"]),
      ([-1, 0, 2, 4], ["2", "4"]),
      ([], ["0.5", "1", "2"]),
    ] as [([Double], [String])]
  )
  func powersOfTwo(values: [Double], expected: [String]) {
    #expect(labels(values, .log2) == expected)
  }

  @Test func wideRangesOfPowersHaveFewTicks() {
    let ticks = ChartAxis([1, 1e30], scaling: .log2).ticks
    #expect((4...14).contains(ticks.count))
  }

  @Test func zeroIsShownWhenItIsAskedFor() {
    #expect(labels([3, 5], zero: true).first == "0")
    #expect(labels([-3, -5], zero: true).last == "0")
  }

  @Test func valuesLieBetweenTheirTicks() {
    for (values, scaling) in [
      ([3.7, 91], ChartScaling.linear), ([-1e-7, 5e-7], .linear), ([3, 700], .log2),
      ([1e99, 1e100], .linear),
      ([1e12, 1e12 + 1], .linear),
    ] as [([Double], ChartScaling)] {
      let axis = ChartAxis(values, scaling: scaling)
      #expect(axis.ticks.count >= 2 && axis.ticks.count <= 30)
      for value in values { #expect((-1e-6...1 + 1e-6).contains(axis.position(value))) }
      #expect(axis.position(values[0]) < axis.position(values[1]))
    }
    #expect(ChartAxis([1, 4, 16], scaling: .log2).position(4) == 0.5)
  }
}
