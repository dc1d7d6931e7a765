package import Tables

/// A row of a simulated scaling table; columns that a measured row has, too, have the same keys.
package struct SimulationRow: TableRow, Hashable, Sendable {
  /// Always `simulated`.
  package let kind = "simulated"
  /// Worker processes.
  package var workers: Int
  /// Lanes of each.
  package var lanes: Int
  /// Chunks computed at a time.
  package var threads: Int
  /// Tokens of the document.
  package var tokens: Int
  /// Chunks it was cut into.
  package var chunks: Int
  /// The intended size of a chunk, in tokens.
  package var chunkTokens: Int
  /// Seconds from the first lease to the merged document; nil when a chunk failed too often.
  package var encodeSeconds: Double?
  /// Tokens over ``encodeSeconds``.
  package var tokensPerSecond: Double?
  /// The time of one worker of speed 1 that is never lost, at its best chunk size, over ``encodeSeconds``.
  package var speedup: Double?
  /// ``speedup`` over the number of workers.
  package var efficiency: Double?
  /// As in ``SimulationOutcome``.
  package var computeSecondsMax: Double
  /// As in ``SimulationOutcome``.
  package var computeSecondsMean: Double
  /// As in ``SimulationOutcome``.
  package var wireSeconds: Double
  /// As in ``SimulationOutcome``.
  package var mergeSeconds: Double
  /// ``computeSecondsMax`` over ``computeSecondsMean``.
  package var stragglerRatio: Double?
  /// As in ``SimulationOutcome``.
  package var duplicatedTokenShare: Double
  /// As in ``SimulationOutcome``.
  package var retries: Int
  /// As in ``SimulationOutcome``.
  package var copies: Int
  /// As in ``SimulationOutcome``.
  package var wireBytes: Int
  /// The link in words.
  package var link: String
  /// As in ``SimulationOutcome``.
  package var linkSeconds: Double
  /// As in ``SimulationOutcome``.
  package var coordinatorSeconds: Double
  /// The name of the bottleneck, as in ``SimulationOutcome``.
  package var bottleneck: String
  /// True if this chunk size is the fastest with this number of workers; nil when only one was tried.
  package var isBest: Bool?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, workers, lanes, threads, tokens, chunks
    case chunkTokens = "chunk_tokens"
    case encodeSeconds = "encode_s"
    case tokensPerSecond = "tok_s"
    case speedup, efficiency
    case computeSecondsMax = "compute_s_max"
    case computeSecondsMean = "compute_s_mean"
    case wireSeconds = "wire_s"
    case mergeSeconds = "merge_s"
    case stragglerRatio = "straggler_ratio"
    case duplicatedTokenShare = "duplicated_token_share"
    case retries, copies
    case wireBytes = "wire_bytes"
    case link
    case linkSeconds = "link_s"
    case coordinatorSeconds = "coordinator_s"
    case bottleneck
    case isBest = "best"
  }

  /// The keys in the order in which they are declared.
  package static var columns: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Makes a row of an outcome.
  ///
  /// - Parameters:
  ///   - configuration: The simulated cluster and document.
  ///   - outcome: The outcome of the simulation.
  ///   - chunkTokens: The intended size of a chunk, in tokens.
  ///   - link: The link in words.
  ///   - baseline: The seconds of one worker.
  init(
    _ configuration: ClusterConfiguration,
    _ outcome: SimulationOutcome,
    chunkTokens: Int,
    link: String,
    baseline: Double
  ) {
    workers = configuration.workers
    lanes = configuration.lanes
    threads = workers * lanes
    tokens = configuration.chunks.reduce(0) { $0 + $1.tokens }
    chunks = configuration.chunks.count
    self.chunkTokens = chunkTokens
    if outcome.isComplete, outcome.encodeSeconds > 0 {
      encodeSeconds = outcome.encodeSeconds
      tokensPerSecond = Double(tokens) / outcome.encodeSeconds
      speedup = baseline / outcome.encodeSeconds
      efficiency = baseline / outcome.encodeSeconds / Double(workers)
    }
    computeSecondsMax = outcome.computeSecondsMax
    computeSecondsMean = outcome.computeSecondsMean
    wireSeconds = outcome.wireSeconds
    mergeSeconds = outcome.mergeSeconds
    stragglerRatio = computeSecondsMean > 0 ? computeSecondsMax / computeSecondsMean : nil
    duplicatedTokenShare = outcome.duplicatedTokenShare
    retries = outcome.retries
    copies = outcome.copies
    wireBytes = outcome.wireBytes
    self.link = link
    linkSeconds = outcome.linkSeconds
    coordinatorSeconds = outcome.coordinatorSeconds
    bottleneck = outcome.bottleneck.rawValue
  }
}

extension [SimulationRow] {
  /// The rows as a table for people.
  package var table: Table {
    func number(_ value: Double?, _ places: Int) -> String {
      value.map { Quantities.decimal($0, places: places) } ?? "failed"
    }
    var table = Table([
      ("workers", .right), ("chunk", .right), ("chunks", .right), ("encode s", .right), ("tokens/s", .right),
      ("speedup", .right), ("efficiency", .right), ("compute s max", .right), ("mean", .right),
      ("wire s", .right), ("merge s", .right), ("straggler", .right), ("duplicated", .right),
      ("retries", .right), ("copies", .right), ("wire", .right), ("bottleneck", .left), ("", .left),
    ])
    for row in self {
      table.add([
        Quantities.count(row.workers), Quantities.count(row.chunkTokens), Quantities.count(row.chunks),
        number(row.encodeSeconds, 2), row.tokensPerSecond.map(Quantities.rate) ?? "", number(row.speedup, 2),
        number(row.efficiency, 3), number(row.computeSecondsMax, 2), number(row.computeSecondsMean, 2),
        number(row.wireSeconds, 3), number(row.mergeSeconds, 3), number(row.stragglerRatio ?? 1, 3),
        number(row.duplicatedTokenShare * 100, 1) + " %", Quantities.count(row.retries),
        Quantities.count(row.copies), Quantities.bytes(row.wireBytes), row.bottleneck,
        row.isBest == true ? "best" : "",
      ])
    }
    return table
  }
}
