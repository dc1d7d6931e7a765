package import APITypes
package import Charts
internal import Tables

extension ScalingResult {
  /// The table and the notes, in lines for people.
  package var lines: [String] { [heading] + ScalingTable.lines(rows) + notes }

  /// The table and the notes in Markdown.
  package var markdown: [String] {
    [heading, ""] + ScalingTable.markdown(rows) + notes.flatMap { ["", $0] }
  }

  private var mode: String { plan.isWeak ? "weak scaling" : "strong scaling" }

  private var heading: String {
    let sink = rows.compactMap(\.sinkTokens).first.map { ", sink \($0)" } ?? ""
    return "\(mode): chunks of \(Quantities.count(facts.chunkTokens)), left \(facts.leftTokens)\(sink), "
      + "\(facts.compute), \(Quantities.counted(plan.repetitions, "repetition")), \(facts.link); "
      + "\(facts.cpu), \(facts.build)"
  }

  /// Conclusions from all rows together.
  package var notes: [String] {
    var notes: [String] = []
    if let amdahl {
      let bound = amdahl.parallel > 0 ? amdahl.limit : nil
      let limit =
        bound.map { ", so that no number of threads is more than \(decimal($0, 1)) times as fast as one" }
        ?? ""
      notes.append(
        "Amdahl's law through the rows: \(decimal(amdahl.serial, 2)) s that do not shrink and "
          + "\(decimal(amdahl.parallel, 2)) s that do, a serial share of \(decimal(amdahl.serialShare * 100, 2)) %\(limit)"
      )
    }
    if let fit = CausalFit(causal), let last = causal.last {
      let curve =
        "; a token takes \(decimal(fit.linear * 1e3, 3)) ms and \(decimal(fit.quadratic * 1e6, 3)) ms more for every "
        + "thousand tokens of the document"
      notes.append(
        "full attention was measured up to \(Quantities.count(last.tokens)) tokens "
          + "(\(Quantities.seconds(last.seconds)))" + (causal.count > 1 ? curve : "")
      )
    }
    if facts.gemmPeakGflops > 0, let limit = rows.compactMap({ $0.kind == .workers ? $0 : nil }).last {
      let rate = limit.limitTokensPerSecond.map {
        "; at that speed \(limit.label) would do \(Quantities.rate($0)) tokens/s"
      }
      notes.append(
        "matrix products alone do \(decimal(facts.gemmPeakGflops, 0)) GFLOP/s a thread on this model's shapes"
          + (rate ?? "")
      )
    }
    return notes
  }

  private func decimal(_ value: Double, _ places: Int) -> String { Quantities.decimal(value, places: places) }

  /// Makes a report with the table and charts.
  ///
  /// - Parameter command: The command line that repeats the measurement.
  /// - Returns: The report, to be written as files.
  package func report(command: String) -> Report {
    var report = Report(title: "How encoding scales with workers")
    report.add(command: command)
    for text in [heading] + notes {
      report.add(paragraph: text.prefix(1).uppercased() + text.dropFirst() + ".")
    }
    report.add(heading: "Time and efficiency")
    let (times, timeCells) = ScalingTable.filled(rows, columns: 0..<ScalingTable.leadingColumns)
    report.add(table: times.map(\.title), rows: timeCells)
    report.add(paragraph: Self.timeMeaning)
    report.add(timeChart, name: "seconds by workers")
    report.add(efficiencyChart, name: "efficiency by workers")
    report.add(heading: "Where the time goes")
    let others = ScalingTable.leadingColumns..<ScalingTable.columns.count
    let (parts, partCells) = ScalingTable.filled(rows.filter { $0.kind != .fullAttention }, columns: others)
    report.add(table: parts.map(\.title), rows: partCells)
    report.add(paragraph: Self.partMeaning)
    report.add(stackChart, name: "where time goes")
    if let typicalRun, !typicalRun.chunks.isEmpty {
      report.add(
        paragraph: """
          One run of the most workers: a bar for each lane, from the lease that the lane works on to the chunk's commitment. \
          The number is the chunk's. A lane is leased its next chunk before it has done the last one, so that it need not wait.
          """
      )
      report.add(Self.ganttChart(typicalRun, lanes: facts.lanes ?? 1), name: "chunks over time")
    }
    report.add(heading: "Time and length")
    report.add(lengthChart, name: "seconds by length")
    return report
  }

  private static let timeMeaning = """
    `encode s` is the median time from the first lease to the merged document. `speedup` is the rate over that of the fewest \
    workers, round by round, `efficiency` the speedup over the ratio of the threads. `of limit` is the rate over what the \
    speed of matrix products alone allows.
    """

  private static let partMeaning = """
    `queue s` is before the first lease. `compute s` is a lane's computing time, of the worker that computed longest and on \
    average; `straggler` is the ratio of both. `wire s` is the time of a lane in which bytes were on their way after they had \
    been computed, most of it beside the next chunk's computation. `coordinator s` is processor time. `duplicated` is the share \
    of computed tokens that were not kept.
    """

  private var workerRows: [ScalingRow] {
    rows.filter { $0.kind == .workers }.sorted { ($0.workers ?? 0) < ($1.workers ?? 0) }
  }

  private var timeChart: LineChart {
    let points = workerRows.map { ChartPoint(Double($0.workers ?? 1), $0.encodeSeconds) }
    var ideal: ChartSeries?
    if let first = points.first, let last = points.last, first.x < last.x {
      let steps = (0...32).map { first.x * (last.x / first.x).raised(to: Double($0) / 32) }
      ideal = ChartSeries(
        "ideal",
        steps.map { ChartPoint($0, plan.isWeak ? first.y : first.y * first.x / $0) }
      )
    }
    return LineChart(
      title: "Seconds to encode the document, by workers (\(mode))",
      xTitle: "workers",
      yTitle: "seconds",
      xScaling: .log2,
      includesZero: true,
      series: [ChartSeries("measured, median", points)] + p95,
      ideal: ideal
    )
  }

  private var p95: [ChartSeries] {
    let points = workerRows.compactMap { row in
      row.encodeSecondsP95.map { ChartPoint(Double(row.workers ?? 1), $0) }
    }
    return plan.repetitions > 1 ? [ChartSeries("p95", points)] : []
  }

  private var efficiencyChart: LineChart {
    let points = workerRows.compactMap { row in
      row.efficiency.map { ChartPoint(Double(row.workers ?? 1), $0) }
    }
    let ideal = [points.first, points.last].compactMap { $0.map { ChartPoint($0.x, 1) } }
    return LineChart(
      title: "Efficiency, by workers",
      xTitle: "workers",
      yTitle: "efficiency",
      xScaling: .log2,
      includesZero: true,
      series: [ChartSeries("measured", points)],
      ideal: ideal.count > 1 ? ChartSeries("ideal", ideal) : nil
    )
  }

  private var stackChart: BarChart {
    BarChart(
      title: "Where the time of a lane goes",
      xTitle: "seconds",
      bars: rows.filter { $0.kind != .fullAttention }.map { row in
        let compute = row.computeSecondsMean ?? 0
        let longest = row.computeSecondsMax ?? compute
        let merge = row.mergeSeconds ?? 0
        let rest = row.encodeSeconds - longest - merge
        return BarChart.Bar(
          row.label,
          [
            BarChart.Part("computing", length: compute), BarChart.Part("sending and leases", length: rest),
            BarChart.Part("the slowest worker's more", length: longest - compute),
            BarChart.Part("merging", length: merge),
            BarChart.Part("before the first lease", length: row.queueSeconds ?? 0),
          ]
        )
      }
    )
  }

  /// Makes a chart of one run's chunks over time.
  ///
  /// - Parameters:
  ///   - timeline: The coordinator's records of the run.
  ///   - lanes: The number of lanes of each worker.
  /// - Returns: A chart with a bar for each lane.
  package static func ganttChart(_ timeline: DocumentTimeline, lanes: Int) -> BarChart {
    BarChart(
      title: "Chunks on lanes over time",
      xTitle: "seconds since the first lease",
      bars: LaneHistory.lanes(of: timeline, lanesPerWorker: lanes).map { lane in
        BarChart.Bar(
          lane.name,
          lane.chunks.flatMap { chunk in
            [
              BarChart.Part(
                "computing",
                start: chunk.start,
                length: chunk.computed - chunk.start,
                label: String(chunk.chunk)
              ),
              BarChart.Part("sending the rest", start: chunk.computed, length: chunk.end - chunk.computed),
            ]
          }
        )
      }
    )
  }

  private var lengthChart: LineChart {
    func points(_ values: [(tokens: Int, seconds: Double)]) -> [ChartPoint] {
      values.map { ChartPoint(Double($0.tokens), $0.seconds) }
    }
    var series = [ChartSeries("\(Quantities.counted(plan.mostWorkers, "worker"))", points(lengths))]
    if !causal.isEmpty { series.append(ChartSeries("full attention", points(causal))) }
    var ideal: ChartSeries?
    if let fit = CausalFit(causal), let last = causal.last, let most = lengths.last?.tokens,
      most > last.tokens
    {
      let ends = (Double(last.tokens), Double(most))
      let steps = (0...16).map { ends.0 * (ends.1 / ends.0).raised(to: Double($0) / 16) }
      ideal = ChartSeries(
        "full attention, extrapolated",
        steps.map { ChartPoint($0, fit.seconds(tokens: Int($0))) }
      )
    }
    return LineChart(
      title: "Seconds to encode a document, by its length",
      xTitle: "tokens",
      yTitle: "seconds",
      xScaling: .log2,
      yScaling: .log2,
      series: series,
      ideal: ideal
    )
  }
}
