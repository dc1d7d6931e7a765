package import Tables

/// One row of a scaling table: the time for a document with a number of workers.
///
/// Measured, replayed and simulated rows have the same columns; unknown values are left out. The keys of its
/// JSON are stable: `_s` marks seconds, `tok_s` tokens per second, `_bytes` and `_tokens` sizes.
package struct ScalingRow: Codable, Hashable, Sendable {
  /// The processes that encoded the document.
  package struct Kind: RawRepresentable, Codable, Hashable, Sendable {
    /// The name in JSON.
    package let rawValue: String

    /// Makes a kind from its name.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Worker processes and a coordinator.
    package static let workers = Kind(rawValue: "workers")
    /// The lanes of one process, without a coordinator and without sockets.
    package static let singleProcess = Kind(rawValue: "single_process")
    /// One causal pass over the whole document in one process: no chunks.
    package static let fullAttention = Kind(rawValue: "full_attention")
    /// Workers that replay a recording.
    package static let replay = Kind(rawValue: "replay")
    /// No processes: the scheduler on a simulated clock.
    package static let simulated = Kind(rawValue: "simulated")
  }

  /// The processes that encoded the document.
  package var kind: Kind
  /// The number of workers that shared it; nil without workers.
  package var workers: Int?
  /// The number of lanes of each worker; nil unless all have the same.
  package var lanes: Int?
  /// The number of chunks encoded at a time: the lanes of all workers, each a core when pinned.
  package var threads: Int
  /// Tokens of the document, without the sink.
  package var tokens: Int
  /// Chunks it was cut into.
  package var chunks: Int?
  /// The target size of a chunk, in tokens.
  package var chunkTokens: Int?
  /// Tokens of the sink.
  package var sinkTokens: Int?
  /// Tokens of a chunk's left context.
  package var leftTokens: Int?
  /// The number of repetitions.
  package var repetitions: Int?
  /// Seconds from the first lease to the merged document: the median.
  package var encodeSeconds: Double
  /// The seconds that 95 percent of the repetitions do not exceed.
  package var encodeSecondsP95: Double?
  /// Tokens of the document over ``encodeSeconds``.
  package var tokensPerSecond: Double
  /// The rate over that of the row with the fewest workers: the median over the rounds of the measurement.
  package var speedup: Double?
  /// ``speedup`` over the ratio of the threads of the two rows.
  package var efficiency: Double?
  /// Seconds before the first lease: reading, cutting and waiting.
  package var queueSeconds: Double?
  /// Computing time per lane of the worker that computed longest, in seconds.
  package var computeSecondsMax: Double?
  /// Computing time per lane on average over the workers, in seconds.
  package var computeSecondsMean: Double?
  /// The largest time per lane of any worker for which bytes travelled after they were computed, in seconds.
  /// Most of it passes during the next chunk's computation.
  package var wireSeconds: Double?
  /// Seconds to merge the chunks.
  package var mergeSeconds: Double?
  /// Processor time of the coordinator from the document's submission to its end, in seconds; nil when it is
  /// not known.
  package var coordinatorCPUSeconds: Double?
  /// ``computeSecondsMax`` over ``computeSecondsMean``.
  package var stragglerRatio: Double?
  /// The share of the computed tokens that another chunk, another attempt or a copy computes as well.
  package var duplicatedTokenShare: Double?
  /// Leases that ended without a result, in all repetitions.
  package var retries: Int?
  /// Bytes of KV caches and summaries received in a repetition: the median.
  package var wireBytes: Int?
  /// The link between workers and coordinator.
  package var link: String?
  /// The speed of matrix products alone on the model's shapes in the same run, in 10^9 operations per second and
  /// thread.
  package var gemmPeakGflops: Double?
  /// The tokens per second that the threads of this row could reach at that speed.
  package var limitTokensPerSecond: Double?
  /// True if ``encodeSeconds`` is extrapolated from shorter documents.
  package var extrapolated: Bool?
  /// The precision of the computation.
  package var compute: String?
  /// The SHA-256 of the model file.
  package var modelSHA256: String?
  /// The versions of Braid and of the matrix library.
  package var build: String?
  /// The processor's name.
  package var cpu: String?

  /// Makes a row with the values that every row has.
  package init(kind: Kind, workers: Int? = nil, threads: Int, tokens: Int, encodeSeconds: Double) {
    self.kind = kind
    self.workers = workers
    self.threads = threads
    self.tokens = tokens
    self.encodeSeconds = encodeSeconds
    tokensPerSecond = encodeSeconds > 0 ? Double(tokens) / encodeSeconds : 0
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, workers, lanes, threads, tokens, chunks
    case chunkTokens = "chunk_tokens"
    case sinkTokens = "sink_tokens"
    case leftTokens = "left_tokens"
    case repetitions
    case encodeSeconds = "encode_s"
    case encodeSecondsP95 = "encode_s_p95"
    case tokensPerSecond = "tok_s"
    case speedup, efficiency
    case queueSeconds = "queue_s"
    case computeSecondsMax = "compute_s_max"
    case computeSecondsMean = "compute_s_mean"
    case wireSeconds = "wire_s"
    case mergeSeconds = "merge_s"
    case coordinatorCPUSeconds = "coordinator_cpu_s"
    case stragglerRatio = "straggler_ratio"
    case duplicatedTokenShare = "duplicated_token_share"
    case retries
    case wireBytes = "wire_bytes"
    case link
    case gemmPeakGflops = "gemm_peak_gflops"
    case limitTokensPerSecond = "limit_tok_s"
    case extrapolated, compute
    case modelSHA256 = "model_sha256"
    case build, cpu
  }
}

extension ScalingRow: TableRow {
  /// The keys of a row's JSON, in order.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension ScalingRow {
  /// The row's name in a table: `2 workers`, `one process`, `full attention`.
  package var label: String {
    switch kind {
    case .singleProcess: "one process"
    case .fullAttention: "full attention" + (extrapolated == true ? ", extrapolated" : "")
    case .workers: Quantities.counted(workers ?? 0, "worker")
    default: "\(Quantities.counted(workers ?? 0, "worker")), \(kind.rawValue)"
    }
  }
}

/// A scaling table for people.
package enum ScalingTable {
  /// The columns' titles and alignments.
  package static let columns: [(title: String, alignment: Table.Alignment)] = [
    ("", .left), ("threads", .right), ("tokens", .right), ("chunks", .right), ("encode s", .right),
    ("p95", .right), ("tokens/s", .right), ("speedup", .right), ("efficiency", .right), ("of limit", .right),
    ("queue s", .right), ("compute s max", .right), ("mean", .right), ("wire s", .right),
    ("merge s", .right), ("coordinator s", .right), ("straggler", .right), ("duplicated", .right),
    ("retries", .right), ("wire", .right),
  ]

  /// Returns the cells of a row, empty for unknown values.
  package static func cells(_ row: ScalingRow) -> [String] {
    func number(_ value: Double?, _ places: Int) -> String {
      value.map { Quantities.decimal($0, places: places) } ?? ""
    }
    func percent(_ value: Double?) -> String { value.map { number($0 * 100, 1) + " %" } ?? "" }
    let limit = row.limitTokensPerSecond.flatMap { $0 > 0 ? row.tokensPerSecond / $0 : nil }
    return [
      row.label, Quantities.count(row.threads), Quantities.count(row.tokens),
      row.chunks.map(Quantities.count) ?? "", number(row.encodeSeconds, 2), number(row.encodeSecondsP95, 2),
      Quantities.rate(row.tokensPerSecond), number(row.speedup, 2), number(row.efficiency, 3),
      percent(limit), number(row.queueSeconds, 3), number(row.computeSecondsMax, 2),
      number(row.computeSecondsMean, 2), number(row.wireSeconds, 3), number(row.mergeSeconds, 3),
      number(row.coordinatorCPUSeconds, 2), number(row.stragglerRatio, 3), percent(row.duplicatedTokenShare),
      row.retries.map(Quantities.count) ?? "",
      row.wireBytes.map(Quantities.bytes) ?? "",
    ]
  }

  /// Returns rows in aligned columns, without the columns that are empty in all rows.
  package static func lines(_ rows: [ScalingRow]) -> [String] {
    let (columns, cells) = filled(rows)
    var table = Table(columns)
    for row in cells { table.add(row) }
    return table.lines
  }

  /// Returns rows as a table in Markdown, without the columns that are empty in all rows.
  package static func markdown(_ rows: [ScalingRow]) -> [String] {
    let (columns, cells) = filled(rows)
    let rules = columns.map { $0.alignment == .right ? "---:" : "---" }
    return ([columns.map(\.title), rules] + cells).map { "| " + $0.joined(separator: " | ") + " |" }
  }

  /// The number of columns, from the first, on the time taken. Those behind them show where the time goes.
  package static let leadingColumns = 10

  /// Returns the columns that are not empty in all rows, and their cells.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - range: The columns to choose from besides the first; nil for all.
  /// - Returns: The columns, and a list of cells for each row.
  package static func filled(
    _ rows: [ScalingRow],
    columns range: Range<Int>? = nil
  ) -> (columns: [(title: String, alignment: Table.Alignment)], cells: [[String]]) {
    let cells = rows.map { Self.cells($0) }
    let used = columns.indices.filter { column in
      (column == 0 || range?.contains(column) ?? true) && cells.contains { !$0[column].isEmpty }
    }
    return (used.map { columns[$0] }, cells.map { row in used.map { row[$0] } })
  }
}
