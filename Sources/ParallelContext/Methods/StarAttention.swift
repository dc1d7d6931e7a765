/// Star Attention.
///
/// > Shantanu Acharya, Fei Jia, Boris Ginsburg: *Star Attention: Efficient LLM Inference over Long
/// > Sequences*, ICML 2025, arXiv 2411.17116.
///
/// The document is cut into blocks c_1 ... c_n. Every block but the first is encoded behind an anchor, the
/// first block, whose keys and values are thrown away afterwards; all tokens have their own positions. The
/// query attends to all blocks, each of which yields its output and the sum of its exponentials:
///
///     phase 1    KV_i = encode(c_1, c_i), of which the part of c_i is kept
///     phase 2    o = sum over i of s_i o_i / sum over i of s_i    s_i = sum of exp(q k / sqrt(d)) in block i
///
/// where i runs over the blocks, and the tokens of question and answer, which are one more. On the command line:
/// `star`; a document is encoded for it with `--anchor chunk`.
///
/// | paper | here |
/// | --- | --- |
/// | context block c_i | a chunk of ``ContextPlan/chunks`` |
/// | anchor block | ``Lead/anchor(_:)``; nil tokens are as many as a chunk is meant to have |
/// | position of a block | ``ContextPlan/base(of:)``, ``Placement/contiguous`` |
/// | s_i, o_i | a partial in ``PartialStore`` |
/// | merging on the query host | ``SegmentMerge/merge(_:head:row:parts:weights:into:)`` |
///
/// Differences: a sink stands before the anchor, and before the first block, and is kept; all positions are
/// shifted by its length, and it counts in the sums as one more block. Blocks are cut at paragraphs. The anchor is
/// as long as a chunk is meant to be, but never reaches into the block it is for, so it need not be exactly the
/// first block. Workers send the caches to the coordinator, which does the whole of phase 2. The document is to fit
/// the model's trained length, for all positions are true.
extension Method {
  /// Chunks encoded behind an anchor as long as a chunk, and all attended at their true positions.
  package static let star = Method(
    ChunkEncoding(sight: .anchor(nil)),
    Reading(placement: .contiguous, selection: .all)
  )
}
