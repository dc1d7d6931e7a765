package import GGUF
package import KVFormat
internal import Memory

/// A decoder's weights, read from a GGUF file, dequantised once and packed for this processor. All lanes of a
/// process share them read-only. The file is not needed after that.
package final class Model: Sendable {
  /// The model's configuration.
  package let configuration: ModelConfiguration
  /// The precision of its products.
  package let compute: Precision

  private let embeddings: EmbeddingTable
  /// The decoder blocks, first to last.
  package let blocks: [DecoderBlock]
  /// The weights of the norm before the head.
  package let outputNorm: [Float]
  /// The layer from the last hidden state to the logits; nil where it was not asked for.
  package let head: LinearLayer?

  /// Reads and packs a model.
  ///
  /// - Parameters:
  ///   - file: The opened file.
  ///   - compute: The precision of products.
  ///   - withHead: True if logits will be read; encoding needs none, and the head of a small model is a fifth
  ///     of its weights.
  ///   - threads: The most threads that dequantise and pack; fewer where their memory would exceed a layer in f32.
  /// - Throws: ``ModelError`` when the file is not a model this program runs.
  package init(file: GGUFFile, compute: Precision, withHead: Bool, threads: Int) throws(ModelError) {
    try compute.check()
    let configuration = try ModelConfiguration(file)
    let loader = WeightLoader(file: file, configuration: configuration, compute: compute)
    self.configuration = configuration
    self.compute = compute
    embeddings = try EmbeddingTable(
      WeightLoader.tensor(file, "token_embd.weight", [configuration.embedding, configuration.vocabulary])
    )
    outputNorm = try WeightLoader.vector(file, "output_norm.weight", configuration.embedding)
    let plan = LoadingPlan(
      configuration,
      compute: compute,
      threads: threads,
      collects: try LayerPacker.collects(
        inputs: configuration.embedding,
        outputs: configuration.qkvWidth,
        element: compute.weights
      )
    )
    let parts = try loader.blocks(withHead: withHead, plan: plan)
    head = parts.head
    blocks = parts.blocks
    HeapMemory.giveBack()
  }

  /// The bytes of the embedding table.
  package var embeddingByteCount: Int { embeddings.byteCount }

  /// The bytes of the packed weights: of all blocks, and of the head where there is one.
  package var packedByteCount: Int {
    let layers = blocks.flatMap { [$0.qkv, $0.output, $0.gateUp, $0.down] } + (head.map { [$0] } ?? [])
    return layers.reduce(0) { $0 + $1.byteCount }
  }

  /// Writes the embedding of each token, `[tokens][embedding]` in f32.
  ///
  /// - Throws: ``ModelError`` for a token outside the vocabulary.
  package func embed(_ tokens: some Collection<Int32>, into out: UnsafeMutablePointer<Float>)
    throws(ModelError)
  {
    let width = configuration.embedding
    let scale = configuration.block.embeddingScale
    var row = out
    for token in tokens {
      guard token >= 0, Int(token) < configuration.vocabulary else {
        throw ModelError(.badInput, "token \(token) is outside the vocabulary of \(configuration.vocabulary)")
      }
      embeddings.write(row: Int(token), to: row)
      if scale != 1 { for i in 0..<width { row[i] *= scale } }
      row += width
    }
  }
}

/// The weights of one decoder block.
package struct DecoderBlock: Sendable {
  /// The weights of the norm before attention, or empty.
  package let attentionNorm: [Float]
  /// The projections of queries, keys and values side by side.
  package let qkv: LinearLayer
  /// Biases of queries, keys and values side by side, or empty.
  package let qkvBias: [Float]
  /// The weights of the norm of queries, or empty.
  package let queryNorm: [Float]
  /// The weights of the norm of keys, or empty.
  package let keyNorm: [Float]
  /// The projection of the attended values.
  package let output: LinearLayer
  /// Its biases, or empty.
  package let outputBias: [Float]
  /// The weights of the norm behind attention, or empty.
  package let afterAttentionNorm: [Float]
  /// The weights of the norm before the feed-forward network, or empty.
  package let feedForwardNorm: [Float]
  /// The gate and up projections side by side.
  package let gateUp: LinearLayer
  /// The down projection.
  package let down: LinearLayer
  /// The weights of the norm behind the feed-forward network, or empty.
  package let afterFeedForwardNorm: [Float]
}
