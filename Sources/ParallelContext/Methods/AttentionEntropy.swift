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
/// A document of K chunks or fewer is attended whole. On the command line: `attention-entropy`, `shared-sink`
/// and `naive`.
///
/// | paper | here |
/// | --- | --- |
/// | P contexts | ``ContextPlan/chunks`` |
/// | attention sink S | ``ContextPlan/sinkTokens``, ``ChunkEncoding/hasSink`` |
/// | shared positions | ``Placement/shared`` |
/// | G[h, t, i] | ``SegmentMerge/shares(_:head:row:chunks:local:ranking:masses:into:)`` by ``Ranking/topFive`` |
/// | A[i], K | ``ScoreReduction``, `count` of ``Selection`` |
/// | one choice for a layer, by A | ``Selection/perLayer(_:count:)`` |
/// | a choice for each h and t, by G | ``Selection/perRow(_:count:)`` |
/// | one choice for all layers, by the A of a first pass over the question | ``Selection/perQuestion(_:count:)`` |
/// | t of one choice | all tokens of the question, of the answer each by itself |
/// | entropy | ``QueryStatistics/meanEntropy`` |
///
/// Differences: queries are rotated instead of keys, and partials of segments are merged instead of
/// probabilities masked, which is the same sum. The paper stretches short chunks over the positions of the
/// longest one; here the tokens of a short chunk keep their distances. The paper's runs have no begin-of-text
/// token; here the sink is the opening of a chat, with that token where the model has one, unless another
/// sink is asked for. K is 2; the paper takes 2 to 5. A question whose partials would exceed
/// ``QueryEngine/partialBytes`` goes through a layer in blocks of rows, each with a choice of its own.
extension Method {
  /// Shared positions, a shared sink, and the two best chunks per layer.
  package static let attentionEntropy = Method(
    .plain,
    Reading(placement: .shared, selection: .perLayer(.topFive, count: 2))
  )

  /// Shared positions and a shared sink, all chunks attended: the first of the paper's two remedies.
  package static let sharedSink = Method(.plain, Reading(placement: .shared, selection: .all))

  /// Shared positions without a sink, all chunks attended: the paper's starting point.
  package static let naive = Method(
    ChunkEncoding(hasSink: false),
    Reading(placement: .shared, selection: .all)
  )
}
