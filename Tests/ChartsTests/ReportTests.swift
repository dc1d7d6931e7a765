internal import Charts
internal import Testing

/// The files of a report.
@Suite struct ReportTests {
  private let chart = LineChart(title: "Loss [nats]", xTitle: "X", yTitle: "Y", series: [])

  @Test func aReportIsMarkdownAndItsCharts() {
    var report = Report(title: "Losses\nof policies")
    report.add(paragraph: "Some *text*.")
    report.add(heading: "Table")
    report.add(command: "braid eval perplexity a.txt")
    report.add(table: ["policy", "NLL"], rows: [["a|b", "2.5"], ["c"]])
    report.add(chart, name: "Loss by chunks")
    let files = report.files()
    #expect(files.map(\.name) == ["report.md", "loss-by-chunks.svg"])
    #expect(files[1].content == chart.svg())
    #expect(
      files[0].content == """
        # Losses of policies

        Some *text*.

        ## Table

        ```sh
        braid eval perplexity a.txt
        ```

        | policy | NLL |
        | --- | ---: |
        | a\\|b | 2.5 |
        | c |  |

        ![Loss (nats)](loss-by-chunks.svg)

        """
    )
  }

  @Test func fileNamesAreTamedAndDiffer() {
    var report = Report(title: "T")
    for name in ["../../etc/passwd", "a/b", "A b", "a-b", "", "…"] { report.add(chart, name: name) }
    #expect(
      report.files(named: "../x").map(\.name) == [
        "x.md", "etc-passwd.svg", "a-b.svg", "a-b-2.svg", "a-b-3.svg", "chart.svg", "chart-2.svg",
      ]
    )
  }

  @Test func thePageHoldsItsChartsAndEscapesText() {
    var report = Report(title: "Losses <of> policies")
    report.add(paragraph: "Some `a<b` & more.")
    report.add(command: "braid x \\\n  --y '<z>'")
    report.add(table: ["name", "value"], rows: [["a<b", "2.5"]])
    report.add(chart, name: "Loss")
    let page = report.page(named: "The page")
    #expect(page.name == "the-page.html")
    for part in [
      "<title>Losses &lt;of&gt; policies</title>", "<p>Some <code>a&lt;b</code> &amp; more.</p>",
      "<pre><code>braid x \\\n  --y '&lt;z&gt;'</code></pre>",
      "<tr><td>a&lt;b</td><td class=\"number\">2.5</td></tr>", chart.svg(), "prefers-color-scheme:dark",
    ] {
      #expect(page.content.contains(part), "\(part)")
    }
    #expect(!page.content.contains(".svg\""))
  }
}
