/// Dynamic group attention.
///
/// > Shuhai Zhang, Zeng You, Yaofo Chen, Zhiquan Wen, Qianyue Wang, Zhijie Qiu, Yuanqing Li, Mingkui Tan:
/// > *Curse of High Dimensionality Issue in Transformer for Long-context Modeling*, ICML 2025, arXiv
/// > 2505.22107.
///
/// Tokens that matter keep their keys and values. The others are put into groups G of m neighbours with one
/// key and one value each, weighted by the logits of the last query q:
///
///     w_j = softmax over j in G of (q k_j / sqrt(d))        k_G = sum of w_j k_j        v_G = sum of w_j v_j
///
/// Encoding: any; where a document is encoded for this method alone, every chunk behind the sink and nothing
/// else. At the question chunks stand at their true positions while sink, document and tail fit the trained
/// length, and otherwise at those of ``Placement/capped(near:far:)``.
///
/// | paper | here |
/// | --- | --- |
/// | focal tokens | the chunks chosen by ``Selection/perRow(_:count:)`` |
/// | group size m | `size` of ``Residue/groups(size:weighting:)`` |
/// | group coding | ``GroupedChunks`` |
/// | weights of a group | ``Residue/Weighting/query`` |
///
/// Differences: the paper trains for it, and ranks single tokens by a sample of queries; here whole chunks
/// are chosen, by each head and query token for itself. A group counts as often as it has members (ln m is
/// added to its logit), for the model was not trained to read groups. The heads that share a key share its
/// groups: their logits are summed. Where m does not divide a chunk its groups differ by one member at most.
/// Of a question that goes through a layer in several blocks each block makes its own groups; those of the
/// last one hold for the answer. Groups are not complemented by keys and values of single members.
extension Method {
  /// Two chunks by the exact rule, the others in groups of 16.
  public static let dynamicGroups = Method(
    Reading(
      selection: .perRow(.topFive, count: 2),
      residue: .groups(size: 16, weighting: .query)
    )
  )
}
