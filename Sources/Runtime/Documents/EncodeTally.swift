package import APITypes
package import Cluster
internal import KVFormat

/// Progress and totals of one document's encoding: counts for the progress bar, times for the summary.
package struct EncodeTally: Sendable {
  private struct Share: Sendable {
    var chunks = 0
    var tokens = 0
    var computeSeconds = 0.0
    var wireSeconds = 0.0
  }

  private let document: DocumentFigures
  private let began: Double
  /// The time of the first lease; nil before.
  private var firstLease: Double?
  /// The number of committed chunks.
  package private(set) var chunksDone = 0
  /// The number of their tokens.
  package private(set) var tokensDone = 0
  /// Bytes of keys and values, as they are held.
  package private(set) var kvBytes = 0
  /// Bytes received: keys and values as they were coded, and summaries.
  private var wireBytes = 0
  private var codecs: Set<KVCodec> = []
  private var precisions: Set<String> = []
  /// The number of leases that failed and were granted again.
  package private(set) var retries = 0
  /// True if a chunk was replayed from a recording.
  package private(set) var isReplayed = false
  private var shares: [String: Share] = [:]
  private var order: [String] = []

  package init(document: DocumentFigures, began: Double) {
    self.document = document
    self.began = began
  }

  /// The number of all chunks.
  package var chunks: Int { document.chunks }
  /// The number of all tokens.
  package var tokens: Int { document.tokens }

  /// Notes that a lease was granted.
  package mutating func leased(at now: Double) { firstLease = firstLease ?? now }

  /// Notes that a lease failed and is to be granted again.
  package mutating func retried() { retries += 1 }

  /// Notes that a chunk was committed, with so many bytes of keys and values.
  package mutating func committed(tokens: Int, bytes: Int, report: ChunkReport) {
    chunksDone += 1
    tokensDone += tokens
    kvBytes += bytes
    wireBytes += report.wireBytes
    codecs.insert(report.codec)
    if let precision = report.compute { precisions.insert(precision) }
    if report.isReplayed { isReplayed = true }
    if shares[report.worker] == nil { order.append(report.worker) }
    var share = shares[report.worker] ?? Share()
    share.chunks += 1
    share.tokens += tokens
    share.computeSeconds += report.computeSeconds
    share.wireSeconds += report.wireSeconds
    shares[report.worker] = share
  }

  /// The progress of the document.
  package func progress(at now: Double, workers: Int) -> EncodeProgress {
    let seconds = now - (firstLease ?? began)
    let rate = chunksDone > 0 && seconds > 0 ? Double(tokensDone) / seconds : 0
    return EncodeProgress(
      chunksDone: chunksDone,
      chunks: chunks,
      tokensDone: tokensDone,
      tokens: tokens,
      tokensPerSecond: rate,
      secondsLeft: rate > 0 ? Double(tokens - tokensDone) / rate : nil,
      workers: workers,
      retries: retries
    )
  }

  /// The figures of the finished document.
  ///
  /// - Parameters:
  ///   - now: The time at which the document was finished.
  ///   - mergeSeconds: The seconds of merging.
  ///   - lanes: Each worker's lanes, by its id; a worker's time is divided among them.
  /// - Returns: The summary.
  package func summary(at now: Double, mergeSeconds: Double, lanes: [String: Int]) -> EncodeSummary {
    func perLane(_ id: String, _ seconds: Double) -> Double { seconds / Double(max(1, lanes[id] ?? 1)) }
    let compute = order.map { perLane($0, shares[$0]?.computeSeconds ?? 0) }
    let wire = order.map { perLane($0, shares[$0]?.wireSeconds ?? 0) }
    let start = firstLease ?? began
    let seconds = max(now - start, 1e-9)
    let computeMax = compute.max() ?? 0
    return EncodeSummary(
      document: document,
      encode: EncodeFigures(
        seconds: seconds,
        waitSeconds: start - began,
        tokensPerSecond: Double(tokens) / seconds,
        computeSecondsMax: computeMax,
        computeSecondsMean: compute.isEmpty ? 0 : compute.reduce(0, +) / Double(compute.count),
        wallOverCompute: computeMax > 0 ? seconds / computeMax : nil,
        compute: precisions.count > 1 ? "mixed" : precisions.first,
        wireSeconds: wire.max() ?? 0,
        mergeSeconds: mergeSeconds,
        wire: codecs.count > 1 ? "mixed" : (codecs.first ?? .bf16).rawValue,
        wireBytes: wireBytes,
        retries: retries
      ),
      workers: order.map { id in
        let share = shares[id] ?? Share()
        let rate = share.computeSeconds > 0 ? Double(share.tokens) / share.computeSeconds : 0
        return WorkerFigures(id: id, chunks: share.chunks, tokensPerSecond: rate)
      },
      replayed: isReplayed ? true : nil
    )
  }
}
