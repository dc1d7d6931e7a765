internal import GGUF
internal import TestSupport
internal import Testing
internal import Transformer

/// What a file says of its architecture, and what it leaves out.
@Suite struct ArchitectureTests {
  /// The configuration of a conformance case with some metadata replaced.
  private func configuration(
    _ name: String,
    _ values: (key: String, value: GGUFWriter.Value)...
  ) throws -> ModelConfiguration {
    var writer = try ConformanceCase.load(name).writer()
    for value in values {
      writer.metadata.removeAll { $0.key == value.key }
      writer.metadata.append(value)
    }
    return try ModelConfiguration(writer.open())
  }

  @Test func aGraniteWithoutRotationIsRefused() throws {
    let key = "granite.rope.scaling.finetuned"
    _ = try configuration("granite-multipliers", (key, .bool(true)))
    let error = #expect(throws: ModelError.self) {
      try configuration("granite-multipliers", (key, .bool(false)))
    }
    #expect(error?.message.contains(key) == true)
  }

  @Test func layersWithAWindowAsLongAsTheContextKeepTheirRotation() throws {
    let usual = try configuration("gemma3-plain")
    let short = try configuration("gemma3-plain", ("gemma3.context_length", .uint32(8)))
    #expect(usual.ropes.count == 2 && short.ropes.count == 2)
    #expect(short.layerAttention == usual.layerAttention)
    // Where no rotation depends on it, such a window is none.
    #expect(try configuration("llama-window", ("llama.context_length", .uint32(8))).window(layer: 0) == nil)
  }

  @Test func aCapOfZeroIsNone() throws {
    let none = try configuration(
      "gemma2-caps",
      ("gemma2.attn_logit_softcapping", .float32(0)),
      ("gemma2.final_logit_softcapping", .float32(0))
    )
    #expect(none.block.attentionCap == nil && none.block.logitCap == nil)
  }

  @Test func longRopeTakesNoOtherFactors() throws {
    let error = #expect(throws: ModelError.self) {
      try configuration("phi3-partial-longrope", ("phi3.rope.scaling.factor", .float32(4)))
    }
    #expect(error?.message.contains("phi3.rope.scaling.factor") == true)
  }
}
