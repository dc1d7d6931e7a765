package import Charts
internal import ParallelContext

extension [PerplexityRow] {
  /// Makes a report: a table, losses and entropies by the number of chunks, and the kept use by time.
  ///
  /// - Parameter command: The command line that repeats the measurement.
  /// - Returns: The report, to be written as files.
  package func report(command: String) -> Report {
    var report = Report(title: "Prediction from chunks of a document")
    report.add(command: command)
    if let heading { report.add(paragraph: heading + ".") }
    report.add(table: Self.columns.map(\.title), rows: cells)
    report.add(
      paragraph: """
        `NLL` is the mean loss of a scored token and `entropy` the mean entropy of attention after selection, both in \
        nats. `kept` is the share of the context's use that a policy keeps: 0 without context, 1 for full attention. \
        `seconds` is the time to read the tail, the context being encoded; full attention reads both.
        """
    )
    report.add(lossChart, name: "loss by chunks")
    report.add(entropyChart, name: "entropy by chunks")
    report.add(costChart, name: "kept by seconds")
    return report
  }

  /// A chart of the losses. Full attention has no chunks, so it is the line to compare with.
  private var lossChart: LineChart {
    let counts = filter { $0.policy != "\(Method.fullAttention)" }.map(\.chunks)
    var ideal: ChartSeries?
    if let first, let least = counts.min(), let most = counts.max() {
      let ends = Set([least, most]).sorted()
      let points = ends.map { ChartPoint(Double($0), first.nllFullAttention) }
      ideal = ChartSeries("\(Method.fullAttention)", points)
    }
    return LineChart(
      title: "Loss by number of chunks",
      xTitle: "chunks",
      yTitle: "NLL [nats]",
      xScaling: .log2,
      series: series { $0.nll },
      ideal: ideal
    )
  }

  private var entropyChart: LineChart {
    LineChart(
      title: "Entropy of attention by number of chunks",
      xTitle: "chunks",
      yTitle: "entropy [nats]",
      xScaling: .log2,
      series: series { $0.entropyNats }
    )
  }

  private var costChart: ScatterChart {
    ScatterChart(
      title: "Kept use of the context by time, labelled with the number of chunks",
      xTitle: "seconds",
      yTitle: "kept",
      xScaling: .log2,
      items: map {
        ScatterChart.Item(String($0.chunks), ChartPoint($0.seconds, $0.kept), group: $0.policy)
      }
    )
  }

  /// Returns a line for each policy but full attention.
  private func series(_ value: (PerplexityRow) -> Double?) -> [ChartSeries] {
    var series: [ChartSeries] = []
    for row in self where row.policy != "\(Method.fullAttention)" {
      guard let value = value(row) else { continue }
      let point = ChartPoint(Double(row.chunks), value)
      if let index = series.firstIndex(where: { $0.name == row.policy }) {
        series[index].points.append(point)
      } else {
        series.append(ChartSeries(row.policy, [point]))
      }
    }
    return series
  }
}
