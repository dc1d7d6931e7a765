internal import KVFormat
internal import Testing
internal import Transformer
internal import Workbench

@Suite("Memory and arithmetic of a model")
struct ModelCostsTests {
  /// The sizes of SmolLM2-135M.
  private let smol = ModelCosts(
    ModelConfiguration(
      architecture: "llama",
      name: "",
      layers: 30,
      embedding: 576,
      feedForward: 1536,
      heads: 9,
      kvHeads: 3,
      headDimension: 64,
      vocabulary: 49_152,
      contextLength: 8192,
      normEpsilon: 1e-5,
      rope: RotaryConfiguration(base: 100_000, dimension: 64, pairing: .interleaved)
    ),
    embeddingBytes: 30_081_024
  )

  @Test("Weights are outputs times inputs times the bytes of their type")
  func weights() {
    // A block has 576 x 960, 576 x 576, 576 x 3072 and 1536 x 576.
    let block = 576 * (960 + 576 + 3072 + 1536)
    #expect(smol.layerBytes(.bf16) == 2 * 30 * block)
    #expect(smol.layerBytes(.int8) == 30 * block)
    #expect(smol.layerBytes(.f32) == 4 * 30 * block)
    #expect(smol.headBytes(.bf16) == 2 * 576 * 49_152)
    // Norms aside, blocks and embeddings are the model's parameters.
    #expect(30 * block + 576 * 49_152 == 134_515_008 - 61 * 576)
  }

  @Test("The KV cache of a token has two rows a layer, in int8 about half of the bytes")
  func keysAndValues() {
    #expect(smol.kvBytes == 30 * 2 * 3 * 64 * 2)
    // 128 values of a head are a byte each; the value's scale is 2 bytes, the key's 64 scales serve 64 tokens.
    #expect(smol.codedKVBytes == 30 * 3 * (128 + 2 + 2))
    var strange = smol
    strange.kv = KVShape(layers: .max, kvHeads: 3, headDimension: 64)
    #expect(strange.kvBytes == nil && strange.codedKVBytes == nil)
    strange.kv = KVShape(layers: 0, kvHeads: 0, headDimension: 0)
    #expect(strange.codedKVBytes == nil)
    #expect(strange.documentTokens(memory: 1 << 30, weights: 0) == 0)
  }

  @Test("Each weight is multiplied and added once a token, each pair of tokens costs two products")
  func arithmetic() {
    #expect(smol.linearOperations == 2 * 106_168_320)
    #expect(smol.attentionOperations(seen: 4096) == 4 * 4096 * 576 * 30)
    #expect(smol.encodeOperations == 212_336_640 + 4 * 512 * 576 * 30)
  }

  @Test("Documents have room in half of what the weights leave")
  func documents() {
    #expect(smol.documentTokens(memory: 2_000_000_000, weights: 300_000_000) == 850_000_000 / 23_040)
    #expect(smol.documentTokens(memory: 300_000_000, weights: 300_000_000) == 0)
    #expect(smol.documentTokens(memory: 0, weights: 1) == 0)
    #expect(smol.documentTokens(memory: .max, weights: 0) == .max / 2 / 23_040)
  }

  @Test("Layers are measured as they are, or with fewer outputs where they are large")
  func measured() {
    func shape(_ inputs: Int, _ outputs: Int) -> LinearShape {
      LinearShape(inputs: inputs, outputs: outputs, count: 1)
    }
    #expect(smol.measuredShapes == [shape(576, 960), shape(576, 576), shape(576, 3072), shape(1536, 576)])
    var large = smol
    large.layers = [
      LinearShape(inputs: 8192, outputs: 57_344, count: 80),
      LinearShape(inputs: 1 << 20, outputs: 8192, count: 80),
    ]
    #expect(large.measuredShapes == [shape(8192, 512), shape(1 << 20, 64)])
  }

  @Test("The speed of all layers is that of all their operations in all their time")
  func rate() {
    var two = smol
    two.layers = [
      LinearShape(inputs: 10, outputs: 30, count: 1), LinearShape(inputs: 10, outputs: 10, count: 1),
    ]
    // 300 at 100 take 3, 100 at 50 take 2.
    #expect(two.linearRate([100, 50]) == 80)
    #expect(two.linearRate([100]) == nil && two.linearRate([100, 0]) == nil)
    #expect(two.linearRate([.infinity, 1]) == nil)
    two.layers = []
    #expect(two.linearRate([]) == nil)
  }
}
