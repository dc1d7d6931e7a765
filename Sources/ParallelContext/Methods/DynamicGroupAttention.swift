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
/// One softmax goes over the tokens that matter, all groups, the sink and the tail. On the command line: `dga`.
///
/// Encoding: any; where a document is encoded for this method alone, every chunk behind the sink and nothing
/// else. At the question chunks stand at their true positions while sink, document and tail fit the trained
/// length. In longer documents the last 4,096 tokens stand at their true distance from the tail, and all
/// chunks before them at one distance that fits (``Placement/capped(near:far:)``).
///
/// | paper | here |
/// | --- | --- |
/// | focal tokens | the two chunks of the largest G[h, t, i] of ``attentionEntropy``, ``Selection/perRow(_:count:)`` |
/// | group size m | `size` of ``Residue/groups(size:weighting:)`` |
/// | group coding | ``GroupedChunks`` |
/// | weights of a group | ``Residue/Weighting/query`` |
///
/// Differences: the paper trains for it, and ranks single tokens by a sample of queries; here whole chunks
/// are chosen, by each head and query token for itself. A group counts as often as it has members: ln m is
/// added to its logit, for the model was not trained to read groups. Where m does not divide a chunk, its groups
/// differ by one member at most, and m is their mean size. The heads that share a key share its groups: their
/// logits are summed. Of a question that goes through a layer in several blocks each block makes its own groups;
/// those of the last one hold while the answer is generated. The paper's complementary keys, which let the tokens
/// of a group be seen singly as well, are left out.
extension Method {
  /// Two chunks for each head and query token, the others in groups of 16.
  package static let dynamicGroups = Method(
    Reading(
      selection: .perRow(.topFive, count: 2),
      residue: .groups(size: 16, weighting: .query)
    )
  )
}
