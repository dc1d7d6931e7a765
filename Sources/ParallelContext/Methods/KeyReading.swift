package import KVFormat
package import Transformer

/// The bytes that a token reads where every row chooses its chunks by the keys of all of them, beside those of
/// the weights, which it reads in any case.
///
/// Keys grow with the document and weights do not, so past some length the choice takes most of the time. The
/// length depends on the model alone, not on the form in which a machine keeps the weights: the same document
/// is read in the same way everywhere. A weight counts as one byte, between the half of a compact file's and
/// the two of bf16.
package struct KeyReading: Sendable, Hashable {
  /// Bytes of one token's keys in the layers that attend chunks.
  package let keyBytesPerToken: Int
  /// Bytes of the weights that a token of an answer reads.
  package let weightBytes: Int

  package init(keyBytesPerToken: Int, weightBytes: Int) {
    self.keyBytesPerToken = keyBytesPerToken
    self.weightBytes = weightBytes
  }

  /// The bytes for a model whose keys are kept in a type.
  package init(_ c: ModelConfiguration, keys type: KVType) {
    let layers = (0..<c.layers).count { !c.isLocal(layer: $0) }
    keyBytesPerToken = ClampedSize.product(layers, c.kvWidth, type.byteCount)
    weightBytes = ClampedSize.sum((c.linearShapes + [c.headShape]).map(\.weights))
  }

  /// True where the keys of a document are more bytes than the weights.
  package func outweighsWeights(tokens: Int) -> Bool {
    ClampedSize.product(keyBytesPerToken, tokens) > weightBytes
  }
}
