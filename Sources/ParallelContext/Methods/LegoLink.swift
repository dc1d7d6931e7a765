/// LegoLink: the first tokens of every chunk computed once more.
///
/// > Junhao Hu, Wenrui Huang, Weidong Wang, Haoyi Wang, Tiancheng Hu, Qin Zhang, Hao Feng, Xusheng Chen,
/// > Yizhou Shan, Tao Xie: *EPIC: Efficient Position-Independent Caching for Serving Large Language Models*,
/// > ICML 2025, arXiv 2410.15332.
///
/// Chunks that were encoded by themselves have an attention sink each, in their first tokens. These take
/// attention that the sink of the whole document would have. So the first k tokens of every chunk but the
/// first are computed again, chunk after chunk, against everything before:
///
///     KV_i[0 ..< k] = encode(c_i[0 ..< k]) behind sink, c_1, ..., c_(i-1) at their true positions
///
/// | paper | here |
/// | --- | --- |
/// | k | ``ChunkEncoding/Sight/linked(_:)`` |
/// | position-independent cache | a chunk's cache, encoded right behind the sink |
/// | link step | ``QueryEngine/linked(_:text:count:)`` |
/// | true positions | ``Placement/contiguous`` |
///
/// Differences: a shared sink stands before every chunk already, which is what the paper repairs; the link
/// gives the first tokens sight of what stands before them. Chunks are linked when a question is asked, and
/// documents longer than the model's context are refused.
extension Method {
  /// The first 16 tokens of each chunk linked, and all chunks attended at their true positions.
  package static let legoLink = Method(
    ChunkEncoding(sight: .linked(16)),
    Reading(placement: .contiguous, selection: .all)
  )
}
