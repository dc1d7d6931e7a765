package import APITypes

/// The measurements of one run of a scaling benchmark. Times are in seconds.
package struct ScalingSample: Sendable, Hashable {
  /// The run.
  package var step: ScalingPlan.Step
  /// The number of chunks encoded at a time.
  package var threads: Int
  /// Tokens of the document as it was read.
  package var tokens: Int
  /// Chunks of the document.
  package var chunks: Int
  /// Tokens of the sink.
  package var sinkTokens: Int
  /// The time from the first lease to the merged document.
  package var seconds: Double
  /// The time before the first lease; nil for one process.
  package var queueSeconds: Double?
  /// The computing time per lane of the worker that computed longest.
  package var computeSecondsMax: Double
  /// The computing time per lane on average over the workers.
  package var computeSecondsMean: Double
  /// The largest time per lane of any worker for which bytes travelled after they were computed.
  package var wireSeconds: Double?
  /// The time to merge the chunks.
  package var mergeSeconds: Double?
  /// The share of the computed tokens that are computed elsewhere too.
  package var duplicatedTokenShare: Double
  /// Leases that ended without a result.
  package var retries: Int?
  /// Bytes of KV caches and summaries received.
  package var wireBytes: Int?
  /// Processor time of the coordinator; nil when it is not known.
  package var coordinatorCPUSeconds: Double?
  /// The coordinator's records of the chunks; nil for one process.
  package var timeline: DocumentTimeline?

  /// Makes the sample of a run with workers.
  ///
  /// - Parameters:
  ///   - step: The run.
  ///   - summary: The coordinator's summary.
  ///   - timeline: The coordinator's records of the chunks.
  ///   - threads: The number of lanes of the workers that took part.
  ///   - coordinatorCPUSeconds: Processor time of the coordinator; nil when it is not known.
  package init(
    step: ScalingPlan.Step,
    summary: EncodeSummary,
    timeline: DocumentTimeline,
    threads: Int,
    coordinatorCPUSeconds: Double? = nil
  ) {
    self.step = step
    self.threads = threads
    self.coordinatorCPUSeconds = coordinatorCPUSeconds
    self.timeline = timeline
    tokens = summary.document.tokens
    chunks = summary.document.chunks
    sinkTokens = summary.document.sinkTokens
    seconds = summary.encode.seconds
    queueSeconds = summary.encode.waitSeconds
    computeSecondsMax = summary.encode.computeSecondsMax
    computeSecondsMean = summary.encode.computeSecondsMean
    wireSeconds = summary.encode.wireSeconds
    mergeSeconds = summary.encode.mergeSeconds
    retries = summary.encode.retries
    wireBytes = summary.encode.wireBytes
    duplicatedTokenShare = Self.duplicatedShare(
      tokens: summary.document.tokens,
      leadTokens: timeline.chunks.reduce(0) { $0 + $1.leadTokens },
      chunks: summary.document.chunks,
      extraLeases: timeline.retries + timeline.copies
    )
  }

  /// Makes the sample of a run in one process.
  ///
  /// - Parameters:
  ///   - step: The run.
  ///   - laneSeconds: For each lane the seconds from the beginning to the end of its last chunk.
  ///   - chunks: The sizes of its chunks in tokens.
  ///   - leadTokens: The tokens of all chunks' leads.
  ///   - sinkTokens: Tokens of the sink.
  package init(
    step: ScalingPlan.Step,
    laneSeconds: [Double],
    chunks: [Int],
    leadTokens: Int,
    sinkTokens: Int
  ) {
    self.step = step
    self.sinkTokens = sinkTokens
    threads = laneSeconds.count
    tokens = chunks.reduce(0, +)
    self.chunks = chunks.count
    seconds = laneSeconds.max() ?? 0
    computeSecondsMax = seconds
    computeSecondsMean = mean(laneSeconds)
    duplicatedTokenShare = Self.duplicatedShare(
      tokens: tokens,
      leadTokens: leadTokens,
      chunks: chunks.count,
      extraLeases: 0
    )
  }

  /// The rate in tokens per second.
  var rate: Double { seconds > 0 ? Double(tokens) / seconds : 0 }

  /// Returns the share of computed tokens that are not kept. A further lease counts as a chunk of mean size,
  /// though some were given up before their end.
  package static func duplicatedShare(tokens: Int, leadTokens: Int, chunks: Int, extraLeases: Int) -> Double {
    let once = Double(tokens + leadTokens)
    let extra = once / Double(max(1, chunks)) * Double(extraLeases)
    return once > 0 ? (Double(leadTokens) + extra) / (once + extra) : 0
  }
}
