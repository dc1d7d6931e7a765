internal import Charts
internal import Foundation
internal import FoundationXML
internal import Testing

/// The elements of an SVG file, read by an XML parser.
private final class Elements: NSObject, XMLParserDelegate {
  private(set) var names: [String] = []
  private(set) var styles: [String] = []
  private(set) var texts: [String] = []
  private var text = ""

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    try #require(parser.parse(), "\(String(describing: parser.parserError)) in \(svg)")
  }

  func count(_ style: String) -> Int { styles.count { $0.split(separator: " ").contains(Substring(style)) } }

  func parser(
    _ parser: XMLParser,
    didStartElement name: String,
    namespaceURI: String?,
    qualifiedName: String?,
    attributes: [String: String]
  ) {
    names.append(name)
    styles.append(attributes["class"] ?? "")
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    if !text.isEmpty { texts.append(text) }
    text = ""
  }
}

/// The elements of charts.
@Suite struct ChartTests {
  private static let nasty = "a < b & \"c\" > 'd' \u{1} 中"

  private func line(_ series: [ChartSeries], ideal: ChartSeries? = nil) -> LineChart {
    LineChart(title: "T", xTitle: "X", yTitle: "Y", xScaling: .log2, series: series, ideal: ideal)
  }

  private static let empty: [any Chart] = [
    LineChart(title: "T", xTitle: "X", yTitle: "Y", series: []),
    LineChart(title: "T", xTitle: "X", yTitle: "Y", series: [ChartSeries("a", [ChartPoint(.nan, 1)])]),
    ScatterChart(title: "T", xTitle: "X", yTitle: "Y", items: []),
    HeatMap(title: "T", xTitle: "X", yTitle: "Y", columns: [], rows: [], values: []),
    HeatMap(title: "T", xTitle: "X", yTitle: "Y", columns: ["c"], rows: ["r"], values: [[.nan]]),
    BarChart(title: "T", xTitle: "X", bars: []),
    BarChart(title: "T", xTitle: "X", bars: [BarChart.Bar("b", [BarChart.Part("k", length: -1)])]),
  ]

  private static let escaping: [any Chart] = [
    LineChart(title: nasty, xTitle: nasty, yTitle: nasty, series: [ChartSeries(nasty, [ChartPoint(1, 1)])]),
    ScatterChart(
      title: nasty,
      xTitle: nasty,
      yTitle: nasty,
      items: [ScatterChart.Item(nasty, ChartPoint(1, 1))]
    ),
    HeatMap(title: nasty, xTitle: nasty, yTitle: nasty, columns: [nasty], rows: [nasty], values: [[1]]),
    BarChart(
      title: nasty,
      xTitle: nasty,
      bars: [BarChart.Bar(nasty, [BarChart.Part(nasty, length: 1)])]
    ),
  ]

  @Test(arguments: empty.indices)
  func aChartOfNothingSaysSo(_ index: Int) throws {
    let svg = Self.empty[index].svg()
    #expect(try Elements(svg).texts.contains("no data"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test(arguments: escaping.indices)
  func textIsEscaped(_ index: Int) throws {
    let chart = Self.escaping[index]
    let elements = try Elements(chart.svg())
    let shown = Self.nasty.replacing("\u{1}", with: "\u{FFFD}")
    #expect(elements.texts.first == shown)
    #expect(elements.texts.count { $0 == shown } >= 4)
    #expect(chart.svg() == chart.svg())
  }

  @Test func everyChartHasANameADescriptionAndBothColourSchemes() throws {
    for chart in Self.empty + Self.escaping {
      let svg = chart.svg()
      let elements = try Elements(svg)
      #expect(elements.names.prefix(4) == ["svg", "title", "desc", "style"])
      #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\""))
      #expect(svg.contains(#/viewBox="0 0 760 [0-9.]+"/#))
      #expect(svg.contains("prefers-color-scheme:dark"))
      #expect(!elements.names.contains("script") && !svg.contains("@import") && !svg.contains("url("))
    }
  }

  @Test func aLineChartHasALineAndMarkersForEachSeries() throws {
    let elements = try Elements(
      line(
        [
          ChartSeries("one", [ChartPoint(4, 2), ChartPoint(1, 1), ChartPoint(2, .nan)]),
          ChartSeries("two", [ChartPoint(0, 1), ChartPoint(2, 5)]),
        ],
        ideal: ChartSeries("ideal", [ChartPoint(1, 1), ChartPoint(4, 4)])
      ).svg()
    )
    // One in the legend, one through the points; a single point has no line.
    #expect(elements.count("l0") == 2)
    #expect(elements.count("l1") == 1)
    #expect(elements.count("ideal") == 2)
    // Markers: one in the legend and one a point that can be drawn.
    #expect(elements.count("f0") == 3)
    #expect(elements.count("f1") == 2)
    for text in ["one", "two", "ideal", "X", "Y", "one: 4, 2", "two: 2, 5"] {
      #expect(elements.texts.contains(text))
    }
    #expect(!elements.texts.contains("no data"))
  }

  @Test func manySeriesUseTheColoursAgain() throws {
    let series = (0..<20).map { ChartSeries("series \($0)", [ChartPoint(1, Double($0)), ChartPoint(2, 3)]) }
    #expect(try Elements(line(series).svg()).count("l0") == 6)
  }

  @Test func aHeatMapPrintsItsValues() throws {
    let map = HeatMap(
      title: "T",
      xTitle: "depth",
      yTitle: "length",
      columns: ["0", "50"],
      rows: ["4k", "8k"],
      values: [[0.5, .nan], [1]],
      range: 0...1
    )
    let svg = map.svg()
    let elements = try Elements(svg)
    #expect(elements.names.count { $0 == "rect" } == 3)
    #expect(elements.texts.contains("0.50") && elements.texts.contains("1.00"))
    #expect(svg.contains("fill=\"#ffea46\""))
    // Both ends of the colours have text that can be read.
    #expect(svg.contains("fill=\"#000000\""))
    #expect(
      HeatMap(title: "", xTitle: "", yTitle: "", columns: ["a"], rows: ["b"], values: [[0]], range: 0...1)
        .svg().contains("fill=\"#ffffff\"")
    )
  }

  @Test func partsAreStackedOrPlaced() throws {
    let stacked = BarChart(
      title: "T",
      xTitle: "s",
      bars: [
        BarChart.Bar("b", [BarChart.Part("x", length: 2), BarChart.Part("y", length: 3)]),
        BarChart.Bar("c", [BarChart.Part("y", start: 4, length: 1), BarChart.Part("x", length: .nan)]),
      ]
    )
    let elements = try Elements(stacked.svg())
    for text in ["b, x: 0 to 2", "b, y: 2 to 5", "c, y: 4 to 5"] { #expect(elements.texts.contains(text)) }
    #expect(elements.count("f0") == 2)
    #expect(elements.count("f1") == 3)
  }

  @Test func labelsOfAScatterDoNotMeet() throws {
    let items = ["left", "right", "above"].map { ScatterChart.Item($0, ChartPoint(1, 1)) }
    let svg = ScatterChart(title: "T", xTitle: "X", yTitle: "Y", items: items).svg()
    let places = items.compactMap { item in
      svg.split(separator: "\n").first { $0.hasPrefix("<text") && $0.contains(">\(item.label)<") }?
        .split(separator: ">").first
    }
    #expect(Set(places).count == 3)
  }

  @Test func labelsOfACrowdStandOffOrAreLeftToThePointer() throws {
    let items = (0..<60).map { ScatterChart.Item("item \($0)", ChartPoint(1, 1)) }
    let elements = try Elements(
      ScatterChart(title: "T", xTitle: "X", yTitle: "Y", yRange: 0...4, items: items).svg()
    )
    let labels = elements.texts.filter { $0.hasPrefix("item ") && !$0.contains(":") }
    #expect((9..<60).contains(labels.count))
    #expect(elements.count("lead") > 0)
    #expect(elements.texts.count { $0.hasPrefix("item ") && $0.hasSuffix(": 1, 1") } == 60)
    #expect(elements.texts.contains("4"))
  }

  @Test func theLowestLineLiesOffTheAxis() throws {
    let chart = LineChart(
      title: "T",
      xTitle: "X",
      yTitle: "Y",
      series: [ChartSeries("a", [ChartPoint(1, 2), ChartPoint(2, 4)])]
    )
    #expect(try Elements(chart.svg()).texts.contains("1.5"))
  }

  @Test func partsAreNamedWhereThereIsRoom() throws {
    let bar = BarChart.Bar(
      "b",
      [BarChart.Part("x", length: 100, label: "one"), BarChart.Part("x", length: 1, label: "two")]
    )
    let texts = try Elements(BarChart(title: "T", xTitle: "s", bars: [bar]).svg()).texts
    #expect(texts.contains("one") && !texts.contains("two"))
    #expect(texts.contains("b, two, x: 100 to 101"))
  }

  @Test func aVerticalAxisMayDoubleToo() throws {
    let chart = LineChart(
      title: "T",
      xTitle: "X",
      yTitle: "Y",
      yScaling: .log2,
      series: [ChartSeries("a", [ChartPoint(1, 0), ChartPoint(2, 1), ChartPoint(3, 64)])]
    )
    let elements = try Elements(chart.svg())
    #expect(elements.texts.contains("8") && elements.texts.contains("a: 3, 64"))
    // A value that is not above 0 has no place.
    #expect(!elements.texts.contains("a: 1, 0"))
  }
}
