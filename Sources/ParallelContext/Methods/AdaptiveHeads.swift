/// Query-adaptive heads.
///
/// > Konstantin Donhauser, Charles Arnal, Mohammad Pezeshki, Vivien Cabannes, David Lopez-Paz, Kartik Ahuja:
/// > *Unveiling Simplicities of Attention: Adaptive Long-Context Head Identification*, arXiv 2502.09647.
///
/// Some heads need the long context for some queries only. To tell whether a head needs it for a query q,
/// logits are taken to be normally distributed: then the keys' mean mu and covariance C suffice, and the n
/// keys are not read:
///
///     log A_bulk ~ ln n + q mu / sqrt(d) + q' C q / (2 d)
///     local      when A_local / (A_local + A_bulk) >= tau
///
/// with A_local the mass of the sink and of the nearest tokens, and n, mu and C those of all other keys after
/// rotation. A local head attends to sink and nearest tokens alone. On the command line: `adaptive-heads`.
///
/// Encoding: any; where a document is encoded for this method alone, every chunk behind the sink and nothing
/// else. At the question chunks stand at their true positions while sink, document and tail fit the trained
/// length. In longer documents the last 4,096 tokens stand at their true distance from the tail, and all
/// chunks before them at one distance that fits (``Placement/capped(near:far:)``).
///
/// | paper | here |
/// | --- | --- |
/// | T_sink, T_local | the sink and the tail |
/// | A_local | the exact mass of sink and tail, ``LocalHeads`` |
/// | mu_K, Sigma_K | ``ChunkSummary/mean(layer:head:)``, ``ChunkSummary/covariance(layer:head:)`` |
/// | A_bulk | ``Ranking/moments``, one estimate per chunk, summed |
/// | tau | `threshold` of ``Heads/adaptive(threshold:)`` |
///
/// Differences: keys are summarised chunk by chunk when the chunk is encoded, so that the mass of chunks with
/// unlike keys is estimated better than by one Gaussian. Keys are summarised as rotated to the positions within
/// their chunk, and q is rotated by the distance to it. The nearest tokens are those of question and answer
/// alone: with a short question a far smaller window than the paper's. The threshold of 0.8 is a choice of this
/// program.
extension Method {
  /// All chunks, but only for heads whose sink and tail have less than 0.8 of their attention.
  package static let adaptiveHeads = Method(Reading(heads: .adaptive(threshold: 0.8), selection: .all))
}
