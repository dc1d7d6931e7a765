/// Adaptive parallel encoding.
///
/// > Xinyu Yang, Tianqi Chen, Beidi Chen: *APE: Faster and Longer Context-Augmented Generation via Adaptive
/// > Parallel Encoding*, ICLR 2025, arXiv 2502.05431.
///
/// All contexts are encoded behind the same prefix and stand in one place. At the query the logits of context
/// tokens are divided by a temperature T, and the joint log-mass of the contexts is multiplied by S T, with a
/// scale S. With l_C the log-sum-exp of all context tokens at the softmax scale 1 / (T sqrt(d)), and l_O that
/// of all others (prefix, question and answer) at 1 / sqrt(d):
///
///     weights of contexts and others = softmax([S T l_C, l_O])
///     o = w_C o_C + w_O o_O
///
/// | paper | here |
/// | --- | --- |
/// | shared prefix | ``ContextPlan/sinkTokens`` |
/// | T | ``Reading/temperature`` |
/// | S | ``Reading/scale`` |
/// | l_C, l_O | ``SegmentMerge/masses(_:head:row:parts:into:)`` |
///
/// Differences: none in the formula. T = S = 0.9 are the values of the authors' demonstration; T = S = 1 is
/// ``sharedSink``.
extension Method {
  /// Shared positions, all chunks attended, at temperature and scale 0.9.
  public static let ape = Method(
    .plain,
    Reading(placement: .shared, selection: .all, temperature: 0.9, scale: 0.9)
  )
}
