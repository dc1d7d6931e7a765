package import Charts
internal import Tables

extension [RetrievalRow] {
  /// Makes a report: a table, accuracy by time, and accuracy by depth and length for each policy and task.
  ///
  /// - Parameter command: The command line that repeats the measurement.
  /// - Returns: The report, to be written as files.
  package func report(command: String) -> Report {
    var report = Report(title: "Retrieval from a document")
    report.add(command: command)
    if let heading { report.add(paragraph: heading + ".") }
    report.add(table: columns.map(\.title), rows: cells)
    report.add(
      paragraph: """
        The accuracy is the share of the values asked for that the answers hold; `recall` is the share of attention \
        (layers, heads, tokens) that looks at the chunk with the fact, `top` the share of facts whose chunk is looked at \
        most, `entropy` the mean entropy of attention after selection, in nats. Cells that are missing were not measured.
        """
    )
    report.add(costChart, name: "accuracy by time")
    report.add(heading: "Accuracy by depth and length")
    let contexts = Set(map(\.context)).sorted()
    for task in distinct(\.task) {
      for policy in distinct(\.policy) {
        let rows = filter { $0.task == task && $0.policy == policy }
        if !rows.isEmpty {
          report.add(
            rows.heatMap(title: "\(task), \(policy)", contexts: contexts, depths: depths.sorted()),
            name: "accuracy \(task) \(policy)"
          )
        }
      }
    }
    return report
  }

  private func heatMap(title: String, contexts: [Int], depths: [Int]) -> HeatMap {
    HeatMap(
      title: title,
      xTitle: "tokens of context",
      yTitle: "depth",
      columns: contexts.map(Quantities.count),
      rows: depths.map { "\($0) %" },
      values: depths.map { depth in
        contexts.map { context in
          first { $0.context == context && $0.depthPercent == depth }?.accuracy ?? .nan
        }
      },
      range: 0...1
    )
  }

  private var costChart: ScatterChart {
    var items: [ScatterChart.Item] = []
    for policy in distinct(\.policy) {
      for context in Set(map(\.context)).sorted() {
        let rows = filter { $0.policy == policy && $0.context == context }
        guard let accuracy = rows.mean(\.accuracy), let seconds = rows.mean(\.secondsPerToken) else {
          continue
        }
        let point = ChartPoint(seconds * 1000, accuracy)
        items.append(ScatterChart.Item(Quantities.count(context), point, group: policy))
      }
    }
    return ScatterChart(
      title: "Accuracy by time, labelled with the tokens of context",
      xTitle: "time per token [ms]",
      yTitle: "accuracy",
      xScaling: .log2,
      yRange: 0...1,
      items: items
    )
  }

  private func distinct(_ value: (RetrievalRow) -> String) -> [String] {
    reduce(into: []) { values, row in
      let value = value(row)
      if !values.contains(value) { values.append(value) }
    }
  }
}
