internal import Tables

/// The measurements of a coordinator under the load of replaying workers.
package struct ReplayFigures: Hashable, Sendable {
  /// The number of leases and their latencies.
  struct Leases: Hashable, Sendable {
    var count: Int
    var p50Seconds: Double
    var p99Seconds: Double
    var waitP50Seconds: Double
    var waitP99Seconds: Double
  }

  let workers: Int
  let lanes: Int
  let round: ReplayRound.Result
  let leases: Leases
  let processorSeconds: Double
  let peakResidentBytes: Int
  let memoryBudgetBytes: Int
}

/// The results of `braid bench replay`.
package struct ReplayReport: Encodable, Hashable, Sendable {
  /// Always true: nothing was computed.
  package let replayed = true
  /// The number of workers, each with connections of its own.
  package let workers: Int
  /// The number of lanes of all workers.
  package let lanes: Int
  /// The factor by which recorded compute times were multiplied.
  package let replaySpeed: Double
  /// Chunks of the job.
  package let chunks: Int
  /// Tokens of the job.
  package let tokens: Int
  /// Bytes of KV cache and summaries committed.
  package let bytes: Int
  /// Chunks committed.
  package let committed: Int
  /// Commits of chunks that had been committed before.
  package let duplicates: Int
  /// Chunks never committed.
  package let lost: Int
  /// Leases that ended without a result, superseded ones not counted.
  package let retries: Int
  /// Leases granted on a chunk that another worker already held.
  package let copies: Int
  /// Seconds from the first lease to the end of the job.
  package let busySeconds: Double
  /// Bytes committed over ``busySeconds``, in 10^9 bytes per second.
  package let ingestGigabytesPerSecond: Double
  /// The mean rate of `bench wire` before and after, in 10^9 bytes per second.
  package let wireGigabytesPerSecond: Double
  /// ``ingestGigabytesPerSecond`` over ``wireGigabytesPerSecond``.
  package let ingestShare: Double
  /// Processor seconds of the coordinator per 10^9 bytes committed.
  package let processorSecondsPerGigabyte: Double
  /// ``busySeconds`` as simulated for a coordinator that receives ``wireGigabytesPerSecond`` at most.
  package let simulatedSeconds: Double
  /// ``simulatedSeconds`` over ``busySeconds``.
  package let simulatedOverMeasured: Double
  /// Leases granted.
  package let leases: Int
  /// The median of the seconds that the coordinator spent on a lease: decision and reply.
  package let leaseP50Seconds: Double
  /// The 99th percentile of these seconds.
  package let leaseP99Seconds: Double
  /// The median of the seconds from the moment at which a lease could be granted to the reply, including the
  /// time for other leases granted meanwhile.
  package let leaseWaitP50Seconds: Double
  /// The 99th percentile of these seconds.
  package let leaseWaitP99Seconds: Double
  /// The most resident memory of the coordinator's process, in bytes.
  package let peakResidentBytes: Int
  /// The allowed memory: that before the first chunk, and the limits of incoming chunks, in bytes.
  package let memoryBudgetBytes: Int

  /// Makes the report from the measurements.
  ///
  /// - Parameters:
  ///   - figures: The measurements of the coordinator.
  ///   - wire: The rates of `bench wire` in the same run, in 10^9 bytes per second.
  ///   - replaySpeed: The factor by which recorded compute times were multiplied.
  ///   - simulate: Returns the seconds of the job in a simulation, for a coordinator that receives at most
  ///     `ingest` times 10^9 bytes per second.
  package init(
    _ figures: ReplayFigures,
    wire: [Double],
    replaySpeed: Double,
    simulate: (_ ingest: Double) -> Double
  ) {
    let round = figures.round
    workers = figures.workers
    lanes = figures.workers * figures.lanes
    self.replaySpeed = replaySpeed
    chunks = round.chunks
    tokens = round.tokens
    bytes = round.bytes
    committed = round.committed
    duplicates = round.duplicates
    lost = round.lost
    retries = round.retries
    copies = round.copies
    busySeconds = round.busySeconds
    ingestGigabytesPerSecond = Double(round.bytes) * 1e-9 / max(round.busySeconds, 1e-9)
    wireGigabytesPerSecond = wire.isEmpty ? 0 : wire.reduce(0, +) / Double(wire.count)
    ingestShare = wireGigabytesPerSecond > 0 ? ingestGigabytesPerSecond / wireGigabytesPerSecond : 0
    simulatedSeconds = simulate(wireGigabytesPerSecond)
    simulatedOverMeasured = simulatedSeconds / max(busySeconds, 1e-9)
    leases = figures.leases.count
    leaseP50Seconds = figures.leases.p50Seconds
    leaseP99Seconds = figures.leases.p99Seconds
    leaseWaitP50Seconds = figures.leases.waitP50Seconds
    leaseWaitP99Seconds = figures.leases.waitP99Seconds
    processorSecondsPerGigabyte = figures.processorSeconds * 1e9 / Double(max(1, round.bytes))
    peakResidentBytes = figures.peakResidentBytes
    memoryBudgetBytes = figures.memoryBudgetBytes
  }

  private enum CodingKeys: String, CodingKey {
    case replayed, workers, lanes, chunks, tokens, bytes, committed, duplicates, lost, retries, copies, leases
    case replaySpeed = "replay_speed"
    case busySeconds = "busy_seconds"
    case ingestGigabytesPerSecond = "ingest_gigabytes_per_second"
    case wireGigabytesPerSecond = "wire_gigabytes_per_second"
    case ingestShare = "ingest_share"
    case simulatedSeconds = "simulated_seconds"
    case simulatedOverMeasured = "simulated_over_measured"
    case leaseP50Seconds = "lease_p50_seconds"
    case leaseP99Seconds = "lease_p99_seconds"
    case leaseWaitP50Seconds = "lease_wait_p50_seconds"
    case leaseWaitP99Seconds = "lease_wait_p99_seconds"
    case processorSecondsPerGigabyte = "coordinator_cpu_seconds_per_gigabyte"
    case peakResidentBytes = "peak_resident_bytes"
    case memoryBudgetBytes = "memory_budget_bytes"
  }

  /// The report in lines.
  package var lines: [String] {
    func rate(_ value: Double) -> String { "\(Quantities.decimal(value, places: 2)) GB/s" }
    func milliseconds(_ value: Double) -> String { "\(Quantities.decimal(value * 1000, places: 3)) ms" }
    return [
      "REPLAY: \(Quantities.counted(workers, "worker")) with \(Quantities.counted(lanes, "lane")) in all send"
        + " recorded chunks and compute nothing",
      "  chunks   \(Quantities.count(committed)) of \(Quantities.count(chunks)) committed,"
        + " \(duplicates) twice, \(lost) lost; \(retries) repeated, \(copies) copies",
      "  ingest   \(rate(ingestGigabytesPerSecond)), \(Quantities.bytes(bytes)) in"
        + " \(Quantities.seconds(busySeconds))",
      "  wire     \(rate(wireGigabytesPerSecond)) by bench wire in the same run: a share of"
        + " \(Quantities.decimal(ingestShare, places: 2))",
      "  simulate \(Quantities.seconds(simulatedSeconds)) by a simulation with that wire:"
        + " \(Quantities.decimal(simulatedOverMeasured, places: 3)) of the time taken",
      "  compute  \(Quantities.decimal(processorSecondsPerGigabyte, places: 2)) CPU seconds per GB,"
        + " the coordinator alone",
      "  leases   \(Quantities.count(leases)), \(milliseconds(leaseP50Seconds)) each (median),"
        + " \(milliseconds(leaseP99Seconds)) (99 %); with waiting \(milliseconds(leaseWaitP50Seconds)),"
        + " \(milliseconds(leaseWaitP99Seconds))",
      "  memory   \(Quantities.bytes(peakResidentBytes)) at most, \(Quantities.bytes(memoryBudgetBytes)) allowed",
    ]
  }
}
