package import KVFormat

/// The measure by which chunks are ranked, for a query q and the keys k of a chunk at its place.
package enum Ranking: Sendable, Hashable, CustomStringConvertible {
  /// The sum of the five largest attention weights in the chunk (arXiv 2412.16545).
  case topFive
  /// The chunk's share of all attention: its log-sum-exp, damped as in the merge.
  case logMass
  /// As ``topFive``, with the logits of the chunk's sketch: the channels that RoPE turns slowly, in four bits
  /// each. Reads no keys.
  case sketch
  /// The share by the estimate ln n + q mu / sqrt(d) + q' C q / (2 d) from the keys' count, mean and
  /// covariance (after arXiv 2502.09647). Reads no keys.
  case moments
  /// The mean logit, q mu / sqrt(d). Reads no keys.
  case mean
  /// An estimate of the largest logit from the range that each channel has on each page of keys (after Quest,
  /// arXiv 2406.10774): slack 1 bounds it from above as Quest does, 0 takes the middle of the range. Reads no
  /// keys.
  case quest(slack: Double)

  /// True when it reads the keys of every chunk.
  package var needsKeys: Bool { self == .topFive || self == .logMass }

  /// The summaries of chunks that it reads.
  package var summaries: SummaryContent {
    switch self {
    case .topFive, .logMass: .none
    case .sketch, .mean: .sketch
    case .moments, .quest: .all
    }
  }

  /// The word on the command line.
  package var description: String {
    switch self {
    case .topFive: "exact"
    case .logMass: "lse"
    case .sketch: "sketch"
    case .moments: "moments"
    case .mean: "mean"
    case .quest: "bounds"
    }
  }
}
