/// Parallel context encoding with a shared sink and selective attention.
///
/// > Zhisong Zhang, Yan Wang, Xinting Huang, Tianqing Fang, Hongming Zhang, Chenlong Deng, Shuaiyi Li, Dong
/// > Yu: *Attention Entropy is a Key Factor: An Analysis of Parallel Context Encoding with
/// > Full-attention-based Pre-trained Language Models*, ACL 2025, arXiv 2412.16545.
///
/// The document is cut into P chunks, each of which is encoded by itself behind the same sink S. At the query
/// all chunks stand right behind the sink, and the tail (question and answer) right behind the longest of
/// them. Attention spread over many chunks has an unusually high entropy, with which the loss grows; the sink
/// and a selection lower it. In every layer, for each head h and query token t:
///
///     p[h, t, :] = softmax(q k / sqrt(d))                 over S, all chunks and the tail
///     G[h, t, i] = sum of the 5 largest p[h, t, j] with j in chunk i
///     A[i]       = sum of the 5 largest G[h, t, i] over all h, and all t that go through the layer together
///     selected   = the K chunks of the largest A
///     p          = 0 outside S, the tail and the selected chunks, and renormalised
///
/// | paper | here |
/// | --- | --- |
/// | attention sink S | ``ContextPlan/sinkTokens``, ``ChunkEncoding/hasSink`` |
/// | shared positions | ``Placement/shared`` |
/// | G[h, t, i] | ``SegmentMerge/shares(_:head:row:chunks:local:ranking:masses:into:)`` by ``Ranking/topFive`` |
/// | A[i] | ``ScoreReduction`` |
/// | selection per layer | ``Selection/perLayer(_:count:)`` |
/// | selection without reduction | ``Selection/perRow(_:count:)`` |
/// | selection in two passes | ``Selection/perQuestion(_:count:)``, ``QuestionPass`` |
/// | t of one choice | the question's tokens, in blocks; of the answer, each token by itself |
/// | entropy | ``QueryStatistics/meanEntropy`` |
///
/// Differences: queries are rotated instead of keys, and partials of segments are merged instead of
/// probabilities masked, which is the same sum. The paper stretches short chunks over the positions of the
/// longest one; here the tokens of a short chunk keep their distances. The paper's models have no
/// begin-of-text token before the sink; here the sink is the opening of a chat unless another is asked for. K
/// is 2; the paper takes 2 to 5.
extension Method {
  /// Shared positions, a shared sink, and the two best chunks per layer.
  public static let attentionEntropy = Method(
    .plain,
    Reading(placement: .shared, selection: .perLayer(.topFive, count: 2))
  )

  /// Shared positions and a shared sink, all chunks attended: the first of the paper's two remedies.
  public static let sharedSink = Method(.plain, Reading(placement: .shared, selection: .all))

  /// Shared positions without a sink, all chunks attended: the paper's starting point.
  public static let naive = Method(
    ChunkEncoding(hasSink: false),
    Reading(placement: .shared, selection: .all)
  )
}
