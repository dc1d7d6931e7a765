internal import Tables
internal import Testing

@Suite("Quantities")
struct QuantitiesTests {
  @Test(
    "Counts",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (69905, "69,905"), (-1_234_567, "-1,234,567")]
  )
  func count(_ value: Int, _ text: String) { #expect(Quantities.count(value) == text) }

  @Test("Numbers with more digits than can be written are not")
  func manyDigits() {
    #expect(Quantities.decimal(9e14, places: 3) == "900000000000000.000")
    #expect(Quantities.decimal(9e14, places: 9) == "-")
  }

  @Test(
    "Durations",
    arguments: [
      (0, "0.00 s"), (0.346, "0.35 s"), (9.994, "9.99 s"), (42.06, "42.1 s"), (125, "2 min 05 s"),
      (3720, "1 h 02 min"), (-1, "-"), (.infinity, "-"), (.nan, "-"),
    ]
  )
  func seconds(_ value: Double, _ text: String) { #expect(Quantities.seconds(value) == text) }

  @Test(
    "Clocks",
    arguments: [(0, "0:00"), (42.4, "0:42"), (3599.6, "1:00:00"), (3725, "1:02:05"), (.nan, "-")]
  )
  func clock(_ value: Double, _ text: String) { #expect(Quantities.clock(value) == text) }

  @Test("Sizes", arguments: [(0, "0 B"), (999, "999 B"), (46_080, "46.1 kB"), (1_610_612_736, "1.6 GB")])
  func bytes(_ value: Int, _ text: String) { #expect(Quantities.bytes(value) == text) }

  @Test(
    "Rates",
    arguments: [(1234.4, "1,234"), (31.24, "31.2"), (0.454, "0.45"), (.infinity, "-"), (1e30, "-")]
  )
  func rate(_ value: Double, _ text: String) { #expect(Quantities.rate(value) == text) }

  @Test(
    "Decimals",
    arguments: [(1.005, 1, "1.0"), (0.05, 1, "0.1"), (-0.04, 1, "0.0"), (-1.25, 2, "-1.25"), (7.6, 0, "8")]
  )
  func decimal(_ value: Double, _ places: Int, _ text: String) {
    #expect(Quantities.decimal(value, places: places) == text)
  }

  @Test("Columns are aligned and lines end without spaces")
  func table() {
    var table = Table([("name", .left), ("chunks", .right), ("note", .left)])
    table.add(["left", "7", "x"])
    table.add(["a", "1,200"])
    #expect(table.lines == ["name  chunks  note", "left       7  x", "a      1,200"])
  }
}
