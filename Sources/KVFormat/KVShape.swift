/// The sizes of a model's KV cache, whatever its length: `[layer][K then V][KV head][token][head dimension]`.
package struct KVShape: Codable, Hashable, Sendable {
  /// Decoder blocks.
  package var layers: Int
  /// Key and value heads.
  package var kvHeads: Int
  /// Values per head.
  package var headDimension: Int
  /// The most tokens whose keys and values a layer keeps, the last ones of the run: one number for each layer, 0
  /// for all tokens. Empty where all layers keep all.
  package var keptTokens: [Int]

  package init(layers: Int, kvHeads: Int, headDimension: Int, keptTokens: [Int] = []) {
    self.layers = layers
    self.kvHeads = kvHeads
    self.headDimension = headDimension
    self.keptTokens = keptTokens
  }

  /// True if a layer keeps all tokens.
  package func keepsAll(layer: Int) -> Bool {
    !keptTokens.indices.contains(layer) || keptTokens[layer] == 0
  }

  /// The number of tokens whose keys and values a layer keeps of a run.
  package func keptTokens(layer: Int, of tokens: Int) -> Int {
    keepsAll(layer: layer) ? tokens : min(tokens, keptTokens[layer])
  }

  /// Returns the bytes of one layer of a KV cache.
  ///
  /// - Parameters:
  ///   - layer: The layer.
  ///   - tokens: The number of tokens of the run.
  ///   - type: The type of an element.
  /// - Returns: The bytes of keys and values; nil when a number is negative or the product too large.
  package func layerByteCount(_ layer: Int, tokens: Int, type: KVType) -> Int? {
    var product = 2
    for factor in [kvHeads, headDimension, keptTokens(layer: layer, of: tokens), type.byteCount] {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard factor >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }

  /// Returns the bytes of a KV cache.
  ///
  /// The numbers may come from a peer, so none of them is trusted.
  ///
  /// - Parameters:
  ///   - tokens: The number of tokens.
  ///   - type: The type of an element.
  /// - Returns: The bytes of keys and values of all layers; nil when a number is negative, a sum or product too
  ///   large, or there are other than one number of kept tokens for each layer.
  package func byteCount(tokens: Int, type: KVType) -> Int? {
    guard tokens >= 0, layers >= 0, let whole = layerByteCount(-1, tokens: tokens, type: type) else {
      return nil
    }
    guard !keptTokens.isEmpty else {
      let (product, overflow) = whole.multipliedReportingOverflow(by: layers)
      return overflow ? nil : product
    }
    guard keptTokens.count == layers else { return nil }
    var sum = 0
    for layer in 0..<layers {
      guard let bytes = layerByteCount(layer, tokens: tokens, type: type) else { return nil }
      let (next, overflow) = sum.addingReportingOverflow(bytes)
      guard !overflow else { return nil }
      sum = next
    }
    return sum
  }

  /// The same sizes with all tokens kept in all layers.
  package var keepingAll: KVShape {
    KVShape(layers: layers, kvHeads: kvHeads, headDimension: headDimension)
  }
}
