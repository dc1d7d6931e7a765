package import GGUF
package import KVFormat
internal import Memory

/// A decoder's weights, read from a GGUF file: dequantised once and packed for this processor, or kept as they are, or
/// both. All lanes of a process share them read-only. The file is not needed after that.
package final class Model: Sendable {
  /// The model's configuration.
  package let configuration: ModelConfiguration
  /// The precision of its products.
  package let compute: Precision
  /// The forms in which it keeps the weights of linear layers.
  package let form: WeightForm

  private let embeddings: EmbeddingTable
  /// The decoder blocks, first to last.
  package let blocks: [DecoderBlock]
  /// The weights of the norm before the head.
  package let outputNorm: [Float]
  /// The layer from the last hidden state to the logits; nil where it was not asked for.
  package let head: LayerWeights?

  /// Reads and packs a model.
  ///
  /// - Parameters:
  ///   - file: The opened file.
  ///   - compute: The precision of products; without packed weights one with activations in f32.
  ///   - form: The forms of the weights.
  ///   - withHead: True if logits will be read; encoding needs none, and the head of a small model is a fifth
  ///     of its weights.
  ///   - threads: The most threads that dequantise and pack; fewer where their memory would exceed a layer in f32.
  /// - Throws: ``ModelError`` when the file is not a model this program runs.
  package init(
    file: GGUFFile,
    compute: Precision,
    form: WeightForm = .packed,
    withHead: Bool,
    threads: Int
  ) throws(ModelError) {
    try compute.check()
    guard form != .compact || compute.activations == .f32 else {
      throw ModelError(
        .badInput,
        "weights as they are in the file are multiplied in f32, not in \(compute.rawValue)"
      )
    }
    let configuration = try ModelConfiguration(file)
    self.configuration = configuration
    self.compute = compute
    self.form = form
    embeddings = try EmbeddingTable(
      WeightLoader.tensor(
        file,
        WeightLoader.embeddingsName,
        [configuration.embedding, configuration.vocabulary]
      )
    )
    let loader = WeightLoader(
      file: file,
      configuration: configuration,
      compute: compute,
      form: form,
      embeddings: embeddings
    )
    outputNorm = try WeightLoader.vector(file, "output_norm.weight", configuration.embedding)
    let plan = LoadingPlan(configuration, compute: compute, threads: threads)
    let parts = try loader.blocks(withHead: withHead, plan: plan)
    head = parts.head
    blocks = parts.blocks
    HeapMemory.giveBack()
  }

  /// The bytes of the embedding table.
  package var embeddingByteCount: Int { embeddings.byteCount }

  /// The bytes of all weights.
  package var weightByteCount: Int { layerByteCount + embeddingByteCount }

  /// The bytes of the linear layers' weights in all their forms: of all blocks, and of the head where there is one.
  package var layerByteCount: Int {
    (linearLayers + (head.map { [$0] } ?? [])).reduce(0) { $0 + $1.byteCount }
  }

  /// The linear layers of all blocks.
  package var linearLayers: [LayerWeights] { blocks.flatMap { [$0.qkv, $0.output, $0.gateUp, $0.down] } }

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
  package let qkv: LayerWeights
  /// Biases of queries, keys and values side by side, or empty.
  package let qkvBias: [Float]
  /// The weights of the norm of queries, or empty.
  package let queryNorm: [Float]
  /// The weights of the norm of keys, or empty.
  package let keyNorm: [Float]
  /// The projection of the attended values.
  package let output: LayerWeights
  /// Its biases, or empty.
  package let outputBias: [Float]
  /// The weights of the norm behind attention, or empty.
  package let afterAttentionNorm: [Float]
  /// The weights of the norm before the feed-forward network, or empty.
  package let feedForwardNorm: [Float]
  /// The gate and up projections side by side.
  package let gateUp: LayerWeights
  /// The down projection.
  package let down: LayerWeights
  /// The weights of the norm behind the feed-forward network, or empty.
  package let afterFeedForwardNorm: [Float]
}
