/// Layerwise local and global attention.
///
/// > Kaiqiang Song, Xiaoyang Wang, Sangwoo Cho, Xiaoman Pan, Dong Yu: *Zebra: Extending Context Window with
/// > Layerwise Grouped Local-Global Attention*, arXiv 2312.08618.
///
/// Layers come in groups of L. The first of a group attends globally; in the others a token t attends a local
/// window of W tokens:
///
///     layer l, l mod L = 0     p[t, j] = softmax over j <= t of q_t k_j / sqrt(d)
///     other layers             p[t, j] = softmax over t - W < j <= t of q_t k_j / sqrt(d)
///
/// On the command line: `zebra`.
///
/// Encoding: any; where a document is encoded for this method alone, every chunk behind the sink and nothing
/// else. At the question chunks stand at their true positions while sink, document and tail fit the trained
/// length. In longer documents the last 4,096 tokens stand at their true distance from the tail, and all
/// chunks before them at one distance that fits (``Placement/capped(near:far:)``).
///
/// | paper | here |
/// | --- | --- |
/// | group of L layers | `group` of ``Layers/every(group:window:)`` |
/// | window W | `window` of ``Layers/every(group:window:)`` |
/// | global layer | a layer whose rows attend chunks |
///
/// Differences: the paper trains its models in this way; here the model was trained with full attention.
/// Local layers attend the sink as well, and the last W tokens of the document however long the tail is: the
/// window is counted from the end of the document, and not from t. While chunks are encoded, all layers are
/// global within them. Groups have 4 layers and the window 512 tokens.
extension Method {
  /// Every fourth layer global, the others with a window of 512 tokens.
  package static let zebra = Method(Reading(layers: .every(group: 4, window: 512), selection: .all))
}
