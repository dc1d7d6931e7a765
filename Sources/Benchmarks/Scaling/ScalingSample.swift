package import APITypes

/// What one run of a scaling benchmark showed. Times are in seconds.
package struct ScalingSample: Sendable, Hashable {
  /// The run.
  package var step: ScalingPlan.Step
  /// Chunks that were encoded at a time.
  package var threads: Int
  /// Tokens of the document as it was read.
  package var tokens: Int
  /// Its chunks.
  package var chunks: Int
  /// Tokens of the sink.
  package var sinkTokens: Int
  /// From the first lease to the merged document.
  package var seconds: Double
  /// Before the first lease.
  package var queueSeconds: Double?
  /// Of a lane of the worker that computed longest.
  package var computeSecondsMax: Double
  /// Of a lane, on average over the workers.
  package var computeSecondsMean: Double
  /// Of a lane, with bytes on their way after they were computed.
  package var wireSeconds: Double?
  /// Putting the chunks together.
  package var mergeSeconds: Double?
  /// The share of the computed tokens that are computed elsewhere too.
  package var duplicatedTokenShare: Double
  /// Leases that came to nothing.
  package var retries: Int?
  /// Bytes that travelled.
  package var wireBytes: Int?
  /// Processor time of the coordinator; nil where it is not known.
  package var coordinatorCPUSeconds: Double?
  /// Who had which chunk when.
  package var timeline: DocumentTimeline?

  /// A run with workers.
  ///
  /// - Parameters:
  ///   - step: The run.
  ///   - summary: What its coordinator says.
  ///   - timeline: Who had which chunk when.
  ///   - threads: Lanes of the workers that took part.
  ///   - coordinatorCPUSeconds: Processor time of the coordinator; nil where it is not known.
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

  /// A run in one process.
  ///
  /// - Parameters:
  ///   - step: The run.
  ///   - laneSeconds: For each lane the seconds from the beginning to the end of its last chunk.
  ///   - chunks: The sizes of its chunks in tokens.
  ///   - leadTokens: The tokens that chunks are read after, of all chunks.
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

  /// The rate in tokens a second.
  var rate: Double { seconds > 0 ? Double(tokens) / seconds : 0 }

  /// The share of computed tokens that are not kept; further leases count with a chunk's mean size, though some
  /// were given up before their end.
  package static func duplicatedShare(tokens: Int, leadTokens: Int, chunks: Int, extraLeases: Int) -> Double {
    let once = Double(tokens + leadTokens)
    let extra = once / Double(max(1, chunks)) * Double(extraLeases)
    return once > 0 ? (Double(leadTokens) + extra) / (once + extra) : 0
  }
}
