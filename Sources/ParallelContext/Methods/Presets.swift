extension AttentionPolicy {
  /// The default, for the highest share of the context's use and for finding what stands in one place.
  ///
  /// Chunks stand at their true positions while these fit the model, and are offered a second time 512 tokens
  /// before the tail, damped by half their entropy. A question that points at a few chunks sees these alone;
  /// and of a chunk in which it points at one place the 128 tokens around that; else every head and token attends
  /// the two chunks with its sharpest matches. Chosen by measurement; see docs/evaluation.md.
  public static let best = AttentionPolicy(
    view: 512,
    selection: .focus(Focus(aim: .sketch, passageTokens: 128, otherwise: .perRow(.topFive, count: 2))),
    damping: 0.5
  )
  /// ``best`` with one choice of chunks for the whole question, by their sketches: no key is read of a chunk that was
  /// not chosen, however long the document.
  public static let fast = AttentionPolicy(
    view: 512,
    selection: .focus(
      Focus(
        aim: .sketch,
        passageTokens: 128,
        otherwise: .perQuestion(count: ChunkCount(4, leastTokens: 2048))
      )
    ),
    damping: 0.5
  )
  /// The layout of arXiv 2412.16545 without selection.
  public static let sink = AttentionPolicy(placement: .shared, selection: .all)
  /// The layout of arXiv 2412.16545 with its selection.
  public static let paper = AttentionPolicy(
    placement: .shared,
    selection: .perLayer(.topFive, count: 2)
  )
  /// Adaptive parallel encoding with the values of its demonstration (arXiv 2502.05431).
  public static let ape = AttentionPolicy(
    placement: .shared,
    selection: .all,
    temperature: 0.9,
    scale: 0.9
  )
  /// What Star Attention (arXiv 2411.17116) asks of the query: everything at its true position. Its other
  /// half, the anchors, belongs to encoding.
  public static let star = AttentionPolicy(placement: .contiguous, selection: .all)
  /// Every fourth layer global, as in Zebra (arXiv 2312.08618), on a model that was not trained for it.
  public static let zebra = AttentionPolicy(
    layers: .every(group: 4, window: 512),
    selection: .all
  )
  /// Two chunks by the exact rule, the others in groups of 16 (after arXiv 2505.22107).
  public static let dga = AttentionPolicy(residue: .groups(size: 16, weighting: .query))

  /// The named policies.
  public static let presets: [(name: String, policy: AttentionPolicy)] = [
    ("best", best), ("fast", fast), ("paper", paper), ("sink", sink), ("ape", ape), ("star", star),
    ("zebra", zebra), ("dga", dga),
  ]
}
