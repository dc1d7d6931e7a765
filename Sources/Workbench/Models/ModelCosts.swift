package import KVFormat
internal import Runtime
package import Transformer
internal import Wire

/// The memory and the arithmetic that a model takes, from its sizes alone.
package struct ModelCosts: Hashable, Sendable {
  /// The linear layers of all blocks.
  package var layers: [LinearShape]
  /// The layer to the logits, which answers need and encoding does not.
  package var head: LinearShape
  /// Bytes of the embeddings, which stay as they are in the file.
  package var embeddingBytes: Int
  /// The sizes of the KV cache.
  package var kv: KVShape
  /// Operations of attention for one token and each token that it sees.
  package var attentionOperationsPerPair: Double

  /// Costs from their parts.
  package init(
    layers: [LinearShape],
    head: LinearShape,
    embeddingBytes: Int,
    kv: KVShape,
    attentionOperationsPerPair: Double
  ) {
    self.layers = layers
    self.head = head
    self.embeddingBytes = embeddingBytes
    self.kv = kv
    self.attentionOperationsPerPair = attentionOperationsPerPair
  }

  /// The costs of a model.
  ///
  /// - Parameters:
  ///   - configuration: The model's configuration.
  ///   - embeddingBytes: Bytes of the embeddings in the file.
  package init(_ configuration: ModelConfiguration, embeddingBytes: Int) {
    self.init(
      layers: configuration.linearShapes,
      head: configuration.headShape,
      embeddingBytes: embeddingBytes,
      kv: KVShape(chunksOf: configuration),
      attentionOperationsPerPair: configuration.attentionOperationsPerPair
    )
  }

  /// The tokens of a chunk unless a size is asked for.
  package static let chunkTokens = CoordinatorConfiguration.usualChunkTokens

  /// The memory of the packed weights of all blocks.
  ///
  /// - Parameter element: The type in which they are kept.
  /// - Returns: Bytes.
  package func layerBytes(_ element: ElementType) -> Int {
    layers.reduce(0) { $0 + $1.weights } * element.byteCount
  }

  /// The memory of the packed weights of the head.
  ///
  /// - Parameter element: The type in which they are kept.
  /// - Returns: Bytes.
  package func headBytes(_ element: ElementType) -> Int { head.weights * element.byteCount }

  /// Bytes of KV cache for one token of a chunk as it is kept, in bf16; nil for numbers that no model has.
  package var kvBytes: Int? {
    kv.byteCount(tokens: Self.chunkTokens, type: .bf16).map { $0 / Self.chunkTokens }
  }

  /// Bytes of KV cache for one token of a chunk as it travels in int8; nil where that would not save bytes.
  package var codedKVBytes: Int? {
    let tokens = Self.chunkTokens
    guard let coding = KVCoding(.int8, shape: kv, tokens: tokens, type: .bf16) else { return nil }
    return coding.codedLayersByteCount / tokens
  }

  /// Operations of the linear layers for one token: a multiplication and an addition for each weight.
  package var linearOperations: Double { 2 * layers.reduce(0) { $0 + Double($1.weights) } }

  /// The arithmetic of attention for one token.
  ///
  /// - Parameter seen: The number of tokens that it sees.
  /// - Returns: Operations.
  package func attentionOperations(seen: Double) -> Double { attentionOperationsPerPair * seen }

  /// Operations for one token of a chunk, which sees half of its chunk on average.
  package var encodeOperations: Double {
    linearOperations + attentionOperations(seen: Double(Self.chunkTokens) / 2)
  }

  /// The tokens whose KV cache a coordinator keeps beside a model: it takes half of the memory that the model leaves.
  ///
  /// - Parameters:
  ///   - memory: The bytes that may be taken before the model is loaded.
  ///   - weights: The bytes of the model.
  /// - Returns: A number of tokens, 0 where the model itself does not fit.
  package func documentTokens(memory: Int, weights: Int) -> Int {
    guard let bytes = kvBytes, bytes > 0, weights >= 0, memory > weights else { return 0 }
    return (memory - weights) / 2 / bytes
  }

  /// The shapes of linear layers that are measured in place of the layers': those of large ones with fewer outputs, which
  /// are multiplied about as fast and take less time.
  package var measuredShapes: [LinearShape] {
    layers.map { layer in
      let most = Self.mostMeasuredWeights / max(1, layer.inputs) / 64 * 64
      return LinearShape(inputs: layer.inputs, outputs: min(layer.outputs, max(64, most)), count: 1)
    }
  }

  private static let mostMeasuredWeights = 1 << 22

  /// The speed of all linear layers together.
  ///
  /// - Parameter rates: The speed of each of ``measuredShapes``, in operations in some unit of time.
  /// - Returns: All operations over all times, in the same unit; nil where a rate is missing or not positive.
  package func linearRate(_ rates: [Double]) -> Double? {
    guard rates.count == layers.count, !rates.isEmpty, rates.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      return nil
    }
    let times = zip(layers, rates).map { Double($0.weights) / $1 }
    return layers.reduce(0) { $0 + Double($1.weights) } / times.reduce(0, +)
  }
}
