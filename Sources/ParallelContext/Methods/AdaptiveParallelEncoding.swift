/// Adaptive parallel encoding.
///
/// > Xinyu Yang, Tianqi Chen, Beidi Chen: *APE: Faster and Longer Context-Augmented Generation via Adaptive
/// > Parallel Encoding*, ICLR 2025, arXiv 2502.05431.
///
/// The contexts, here the chunks of one document, are encoded behind the same prefix. At the query all stand right
/// behind the prefix, and the tail (question and answer) right behind the longest of them. The logits of context
/// tokens are divided by a temperature T, and the joint log-mass of the contexts is multiplied by S T, with a
/// scale S. With l_C the log-sum-exp of all context tokens at the softmax scale 1 / (T sqrt(d)) and o_C the
/// output of a softmax over them at that scale, and l_O and o_O those of all others (prefix and tail) at
/// 1 / sqrt(d):
///
///     w_C, w_O = softmax([S T l_C, l_O])
///     o        = w_C o_C + w_O o_O
///
/// On the command line: `ape`.
///
/// | paper | here |
/// | --- | --- |
/// | contexts | ``ContextPlan/chunks`` |
/// | shared prefix | ``ContextPlan/sinkTokens`` |
/// | T | ``Reading/temperature`` |
/// | S | ``Reading/scale`` |
/// | l_C | ``SegmentMerge/masses(_:head:row:parts:into:)`` |
/// | o | ``SegmentMerge/merge(_:head:row:parts:weights:into:)``, prefix and tail as parts of their own |
///
/// Differences: the factor S T of l_C is that of the authors' code. T and S are fixed, and not fitted to each task;
/// 0.9 for both are the values of the authors' demonstration. T = S = 1 is ``sharedSink``.
extension Method {
  /// Shared positions, all chunks attended, at temperature and scale 0.9.
  package static let ape = Method(
    .plain,
    Reading(placement: .shared, selection: .all, temperature: 0.9, scale: 0.9)
  )
}
