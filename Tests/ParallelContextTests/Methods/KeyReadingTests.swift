internal import KVFormat
internal import ParallelContext
internal import Testing
internal import Transformer

/// The length from which one choice of chunks serves a question.
@Suite struct KeyReadingTests {
  /// The sizes of SmolLM2-135M.
  private var model: ModelConfiguration {
    ModelConfiguration(
      architecture: "llama",
      name: "",
      layers: 30,
      embedding: 576,
      feedForward: 1536,
      heads: 9,
      kvHeads: 3,
      headDimension: 64,
      vocabulary: 49152,
      contextLength: 8192,
      normEpsilon: 1e-5,
      rope: RotaryConfiguration(base: 100_000, dimension: 64, pairing: .halves)
    )
  }

  @Test func aTokenReadsTheKeysOfTheLayersThatAttendChunks() {
    #expect(KeyReading(model, keys: .bf16).keyBytesPerToken == 30 * 3 * 64 * 2)
    #expect(KeyReading(model, keys: .f32).keyBytesPerToken == 30 * 3 * 64 * 4)
    var windowed = model
    for layer in 0..<25 { windowed.layerAttention[layer].window = 512 }
    #expect(KeyReading(windowed, keys: .bf16).keyBytesPerToken == 5 * 3 * 64 * 2)
    // Where all layers have a window all of them attend chunks.
    for layer in 25..<30 { windowed.layerAttention[layer].window = 512 }
    #expect(KeyReading(windowed, keys: .bf16).keyBytesPerToken == 30 * 3 * 64 * 2)
  }

  @Test func keysOutweighWeightsFromSomeLengthOn() {
    let reading = KeyReading(model, keys: .bf16)
    let block = 576 * (9 + 2 * 3) * 64 + 576 * 576 + 3 * 576 * 1536
    #expect(reading.weightBytes == 30 * block + 576 * 49152)
    let most = reading.weightBytes / reading.keyBytesPerToken
    #expect((10_000..<20_000).contains(most))
    #expect(!reading.outweighsWeights(tokens: most) && reading.outweighsWeights(tokens: most + 1))
    #expect(!reading.outweighsWeights(tokens: 0))
    #expect(KeyReading(keyBytesPerToken: 1 << 40, weightBytes: 1).outweighsWeights(tokens: 1 << 40))
  }

  @Test func onlyPlainRankingsAreScannedInStages() throws {
    let reading = KeyReading(keyBytesPerToken: 10, weightBytes: 1000)
    func scan(_ policy: String) throws -> Scan? {
      guard case .focus(let focus) = try Reading(parsing: policy).settled(tokens: 101, reading).selection
      else {
        return nil
      }
      return focus.scan
    }
    for policy in ["best", "fast", "best,damp=0,view=none", "best,layers=every:2"] {
      #expect(try scan(policy) == .auto)
    }
    for policy in ["best,scan=full", "best,view=none", "best,temperature=0.9", "fast,heads=adaptive:0.8"] {
      #expect(try scan(policy) == .full)
    }
    #expect(try scan("paper") == nil && Reading(parsing: "paper").scanningAll == Reading(parsing: "paper"))
  }

  @Test func onlyLongDocumentsHaveOneChoiceForTheQuestion() {
    let reading = KeyReading(keyBytesPerToken: 10, weightBytes: 1000)
    let short = Reading.best.selection.settled(tokens: 100, reading)
    let long = Reading.best.selection.settled(tokens: 101, reading)
    #expect(short == .focus(Focus(aim: .sketch, passageTokens: 128, otherwise: .perRow(.topFive, count: 2))))
    guard case .parallel(_, let fast) = Method.fast else {
      Issue.record("fast is no reading")
      return
    }
    #expect(long == fast.selection)
    // What names no length has none.
    for selection in [short, long, .all, .perRow(.topFive, count: 2)] {
      #expect(selection.settled(tokens: 1 << 30, reading) == selection)
    }
  }
}
