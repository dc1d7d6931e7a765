/// Dynamic group attention.
///
/// > Shuhai Zhang, Zeng You, Yaofo Chen, Zhiquan Wen, Qianyue Wang, Zhijie Qiu, Yuanqing Li, Mingkui Tan: *Curse of High
/// > Dimensionality Issue in Transformer for Long-context Modeling*, ICML 2025, arXiv 2505.22107.
///
/// Tokens that matter keep their keys and values. The others are put into groups G of m neighbours with one key and one
/// value each, weighted by what the last query q makes of them:
///
///     w_j = softmax over j in G of (q k_j / sqrt(d))        k_G = sum of w_j k_j        v_G = sum of w_j v_j
///
/// | paper | here |
/// | --- | --- |
/// | focal tokens | the chunks chosen by ``Selection/perRow(_:count:)`` |
/// | group size m | `size` of ``Residue/groups(size:weighting:)`` |
/// | group coding | ``GroupedChunks`` |
/// | weights of a group | ``Residue/Weighting/query`` |
///
/// Differences: the paper trains for it, and ranks single tokens by a sample of queries; here whole chunks are chosen, by
/// each head and query token for itself. A group counts as often as it has members (ln m is added to its logit), for the
/// model was not trained to read groups. Groups are made once for a question and hold for its answer.
extension Method {
  /// Two chunks by the exact rule, the others in groups of 16.
  public static let dynamicGroups = Method(
    Reading(
      selection: .perRow(.topFive, count: 2),
      residue: .groups(size: 16, weighting: .query)
    )
  )
}
