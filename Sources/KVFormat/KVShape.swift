/// The sizes of a model's KV cache, whatever its length: `[layer][K then V][KV head][token][head dimension]`.
package struct KVShape: Codable, Hashable, Sendable {
  /// Decoder blocks.
  package var layers: Int
  /// Key and value heads.
  package var kvHeads: Int
  /// Values per head.
  package var headDimension: Int

  package init(layers: Int, kvHeads: Int, headDimension: Int) {
    self.layers = layers
    self.kvHeads = kvHeads
    self.headDimension = headDimension
  }

  /// Returns the bytes of a KV cache.
  ///
  /// The numbers may come from a peer, so none of them is trusted.
  ///
  /// - Parameters:
  ///   - tokens: The number of tokens.
  ///   - type: The type of an element.
  /// - Returns: The bytes of keys and values of all layers; nil when a number is negative or the product
  ///   too large.
  package func byteCount(tokens: Int, type: KVType) -> Int? {
    var product = 2
    for factor in [layers, kvHeads, headDimension, tokens, type.byteCount] {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard factor >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }
}
