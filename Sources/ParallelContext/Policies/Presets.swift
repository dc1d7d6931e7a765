extension AttentionPolicy {
  /// The default: true positions while they fit, two chunks for every head and token, far chunks damped.
  ///
  /// The figures were chosen by hand on a few documents and questions; they are a start, not a measurement.
  public static let best = AttentionPolicy(damping: 0.3)
  /// ``best`` with a choice of chunks that reads no key of a chunk it does not choose.
  public static let fast = AttentionPolicy(
    selection: .top(.init(.bounds, count: 2)),
    damping: 0.3
  )
  /// The layout of arXiv 2412.16545 without selection.
  public static let sink = AttentionPolicy(placement: .shared, selection: .none)
  /// The layout of arXiv 2412.16545 with its selection.
  public static let paper = AttentionPolicy(
    placement: .shared,
    selection: .exact(count: 2, reduction: .headAndToken)
  )
  /// Adaptive parallel encoding with the values of its demonstration (arXiv 2502.05431).
  public static let ape = AttentionPolicy(
    placement: .shared,
    selection: .none,
    temperature: 0.9,
    scale: 0.9
  )
  /// What Star Attention (arXiv 2411.17116) asks of the query: everything at its true position. Its other
  /// half, the anchors, belongs to encoding.
  public static let star = AttentionPolicy(placement: .contiguous, selection: .none)
  /// Every fourth layer global, as in Zebra (arXiv 2312.08618), on a model that was not trained for it.
  public static let zebra = AttentionPolicy(
    layers: .every(group: 4, window: 512),
    selection: .none
  )
  /// Two chunks by the exact rule, the others in groups of 16 (after arXiv 2505.22107).
  public static let dga = AttentionPolicy(residue: .groups(size: 16, weighting: .query))

  /// The named policies.
  public static let presets: [(name: String, policy: AttentionPolicy)] = [
    ("best", best), ("fast", fast), ("paper", paper), ("sink", sink), ("ape", ape), ("star", star),
    ("zebra", zebra), ("dga", dga),
  ]
}
