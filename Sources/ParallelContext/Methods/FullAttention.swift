/// One causal pass over sink, document, question and answer: the baseline of every measurement.
///
/// > Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit, Llion Jones, Aidan N. Gomez, Lukasz Kaiser,
/// > Illia Polosukhin: *Attention Is All You Need*, arXiv 1706.03762.
///
/// A token t attends every token j up to itself:
///
///     p[t, j] = softmax over j <= t of (q_t k_j / sqrt(d))        o_t = sum of p[t, j] v_j
///
/// | paper | here |
/// | --- | --- |
/// | masked self-attention | `CausalSession` |
/// | d_k | `ModelConfiguration.headDimension` |
///
/// Differences: none. Nothing is encoded in parallel and nothing is kept for the next question, so each
/// question reads the whole document again; it has to fit the length for which the model was trained.
/// Evaluations read the end of a text that does not fit.
extension Method {
  /// Everything in one causal pass.
  package static let fullAttention = Method.causal
}
