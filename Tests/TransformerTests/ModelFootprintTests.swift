internal import GGUF
internal import KVFormat
internal import TestSupport
internal import Testing
internal import Transformer

@Suite("The memory of weights")
struct ModelFootprintTests {
  /// Models by their sizes: embedding, feed-forward, heads, KV heads, vocabulary.
  private static let models = [
    (576, 1536, 9, 3, 49_152), (896, 4864, 14, 2, 151_936), (4096, 14_336, 32, 8, 128_256),
    (8192, 28_672, 64, 8, 128_256),
  ]

  private func configuration(
    _ sizes: (embedding: Int, feedForward: Int, heads: Int, kvHeads: Int, vocabulary: Int),
    layers: Int = 32,
    rotated: Int? = nil
  ) -> ModelConfiguration {
    let dimension = max(1, sizes.embedding / max(1, sizes.heads))
    return ModelConfiguration(
      architecture: "llama",
      name: "a model",
      layers: layers,
      embedding: sizes.embedding,
      feedForward: sizes.feedForward,
      heads: sizes.heads,
      kvHeads: sizes.kvHeads,
      headDimension: dimension,
      vocabulary: sizes.vocabulary,
      contextLength: 8192,
      normEpsilon: 1e-5,
      rope: RotaryConfiguration(
        base: 10_000,
        dimension: dimension,
        rotated: rotated ?? dimension,
        pairing: .halves
      )
    )
  }

  @Test(
    "What all threads take for a while is less than a layer in f32",
    arguments: models,
    [1, 2, 7, 64, 1024]
  )
  func loading(_ sizes: (Int, Int, Int, Int, Int), threads: Int) {
    for rotated in [nil, 32] as [Int?] {
      let c = configuration(sizes, rotated: rotated)
      let (e, f) = (c.embedding, c.feedForward)
      let layer = 4 * (e * c.qkvWidth + c.queryWidth * e + 3 * e * f)
      for compute in Precision.allCases {
        let plan = LoadingPlan(c, compute: compute, threads: threads)
        #expect(plan.byteCount <= layer, "\(plan) of \(layer)")
        #expect(plan.threads >= 1 && plan.threads <= threads)
        #expect(plan.threads >= min(threads, 2), "\(plan)")
        #expect(plan.partBytes >= 64 * max(e, f) * 4)
      }
    }
  }

  @Test(
    "The footprint is at least what is kept, and little more",
    arguments: Precision.allCases,
    WeightForm.allCases
  )
  func kept(_ compute: Precision, _ form: WeightForm) throws {
    guard compute.isSupported, !form.hasCompact || compute.activations == .f32 else { return }
    for withHead in [false, true] {
      let file = try TestModel.file()
      let model = try Model(file: file, compute: compute, form: form, withHead: withHead, threads: 2)
      let footprint = ModelFootprint(
        model.configuration,
        compute: compute,
        form: form,
        tensors: TensorBytes(file),
        withHead: withHead,
        threads: 2
      )
      let actual = model.weightByteCount
      #expect(footprint.weights >= actual)
      #expect(Double(footprint.weights) < 1.1 * Double(actual), "\(footprint) of \(actual)")
      // The head of this model is its table of embeddings, which is not kept twice as it is in the file.
      #expect((footprint.head > 0) == (withHead && form.hasPacked))
    }
  }

  @Test("Weights as they are in the file take what they take there")
  func compact() throws {
    let file = try TestModel.file()
    let model = try Model(file: file, compute: .f32, form: .compact, withHead: true, threads: 2)
    #expect(model.weightByteCount <= file.byteCount)
    #expect(Double(model.weightByteCount) > 0.9 * Double(file.byteCount))
  }

  @Test("Weights as they are in the file are not multiplied in bf16")
  func precision() throws {
    guard Precision.bf16.isSupported else { return }
    let file = try TestModel.file()
    #expect(throws: ModelError.self) {
      try Model(file: file, compute: .bf16, form: .compact, withHead: false, threads: 1)
    }
  }

  @Test("Numbers beyond all bounds are no trap", arguments: [1 << 31, 1 << 40, 1 << 60])
  func large(_ number: Int) {
    let c = configuration((number, number, 1, 1, number), layers: 3)
    for compute in Precision.allCases {
      for form in WeightForm.allCases {
        let footprint = ModelFootprint(
          c,
          compute: compute,
          form: form,
          tensors: TensorBytes(embeddings: number, blocks: number, head: number),
          withHead: true,
          threads: 4
        )
        #expect(footprint.weights >= number)
      }
      #expect(DecoderPass.byteCount(c, compute: compute, capacity: 2048) > 0)
    }
  }
}
