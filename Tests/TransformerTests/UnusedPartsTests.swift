internal import GGUF
internal import Testing
internal import Transformer

/// Everything in a model file that changes the arithmetic is used, or refused by name.
@Suite struct UnusedPartsTests {
  private func message(_ edits: TinyModelFile.Edit...) throws -> String {
    let file = try edits.count == 1 ? TinyModelFile.open(edits[0]) : TinyModelFile.open(edits[0], edits[1])
    do {
      _ = try ModelConfiguration(file)
      return ""
    } catch { return error.message }
  }

  @Test(
    "A key with a value that changes the arithmetic is refused by name and value",
    arguments: [
      (.text("qwen2.rope.scaling.type", "dynamic"), "dynamic"),
      (.text("qwen2.rope.scaling.type", "longrope"), "rope_factors_long.weight"),
      (.number("qwen2.rope.scaling.type", 1), "1"),
      (.text("qwen2.rope.scaling.factor", "2"), "2"), (.float("qwen2.rope.scaling.factor", -2), "-2.0"),
      (.float("qwen2.rope.scaling.factor", .nan), "nan"),
      (.float("qwen2.rope.scale_linear", .infinity), "inf"),
      (.float("qwen2.rope.scaling.attn_factor", -1.5), "-1.5"),
      (.numbers("qwen2.rope.dimension_sections", [16, 24, 24, 0]), "x 4"),
      (.number("qwen2.attention.sliding_window", 256), "256"),
      (.bool("qwen2.attention.causal", false), "false"),
      (.float("qwen2.attn_logit_softcapping", 50), "50.0"),
      (.float("qwen2.final_logit_softcapping", 30), "30.0"),
      (.float("qwen2.attention.scale", -0.25), "-0.25"), (.float("qwen2.embedding_scale", 12), "12.0"),
      (.float("qwen2.residual_scale", 0.22), "0.22"), (.float("qwen2.logit_scale", 8), "8.0"),
      (.bool("qwen2.use_parallel_residual", true), "true"), (.number("qwen2.pooling_type", 1), "1"),
      (.number("qwen2.expert_count", 8), "mixture of experts"),
      (.number("qwen2.attention.value_length", 32), "32"), (.number("qwen2.vocab_size", 79), "79"),
      (.number("qwen2.no_such_key", 0), "does not know"), (.text("qwen2.tensor_data_layout", "odd"), "odd"),
      (.numbers("qwen2.attention.head_count_kv", [1, 2]), "x 2"),
      (.text("qwen2.rope.freq_base", "big"), "big"),
      (.text("qwen2.attention.layer_norm_rms_epsilon", "small"), "small"),
      (.text("qwen2.rope.dimension_count", "all"), "all"), (.text("general.type", "adapter"), "adapter"),
    ] as [(TinyModelFile.Edit, String)]
  )
  func keys(_ edit: TinyModelFile.Edit, _ value: String) throws {
    guard case .set(let key, _, _) = edit else { return }
    let message = try message(edit)
    #expect(message.contains(key) && message.contains(value), "\(message)")
  }

  @Test(
    "A key with a value that changes nothing is taken",
    arguments: [
      .text("qwen2.rope.scaling.type", "none"), .float("qwen2.rope.scaling.factor", 1),
      .float("qwen2.rope.scaling.factor", 0), .float("qwen2.rope.scaling.attn_factor", 1),
      .number("qwen2.rope.scaling.original_context_length", 512), .bool("qwen2.rope.scaling.finetuned", true),
      .number("qwen2.attention.sliding_window", 0), .number("qwen2.attention.sliding_window", 512),
      .bool("qwen2.attention.causal", true),
      .float("qwen2.attn_logit_softcapping", 0), .float("qwen2.attention.scale", 0.125),
      .float("qwen2.embedding_scale", 1), .number("qwen2.expert_count", 0), .number("qwen2.vocab_size", 80),
      .number("qwen2.attention.value_length", 64), .text("general.type", "model"),
      .number("general.no_such_key", 7), .float("llama.rope.scaling.factor", 4),
      .numbers("qwen2.rope.dimension_sections", [0, 0, 0, 0]), .number("split.count", 1),
    ] as [TinyModelFile.Edit]
  )
  func neutralKeys(_ edit: TinyModelFile.Edit) throws {
    #expect(try message(edit) == "")
  }

  @Test(
    "A tensor that nobody reads, or that is missing, is refused by name",
    arguments: [
      (.tensor("blk.0.ffn_down.bias", [128]), "blk.0.ffn_down.bias"),
      (.tensor("blk.0.attn_q_norm.weight", [64]), "blk.0.attn_q_norm.weight"),
      (.tensor("blk.2.attn_norm.weight", [128]), "blk.2.attn_norm.weight"),
      (.tensor("rope_factors_long.weight", [32]), "original_context_length"),
      (.tensor("output_norm.bias", [128]), "output_norm.bias"),
      (.tensor("output.bias", [80]), "output.bias"),
      (.tensor("rope_freqs.weight", [31]), "rope_freqs.weight"),
      (.drop("blk.1.attn_q.bias"), "blk.1.attn_q.bias"), (.drop("blk.1.attn_v.bias"), "blk.1.attn_v.bias"),
      (.drop("blk.1.ffn_up.weight"), "blk.1.ffn_up.weight"),
      (.drop("output_norm.weight"), "output_norm.weight"),
      (.drop("token_embd.weight"), "embeddings"),
      (
        .tensor("blk.0.ffn_gate_exps.weight", [128]),
        "mixture of experts (it has the tensor blk.0.ffn_gate_exps"
      ),
    ] as [(TinyModelFile.Edit, String)]
  )
  func tensors(_ edit: TinyModelFile.Edit, _ name: String) throws {
    #expect(try message(edit).contains(name))
  }

  @Test func aTiedOutputAndAbsentDefaultsAreTaken() throws {
    #expect(try message(.drop("output.weight")) == "")
    #expect(try message(.remove("qwen2.rope.freq_base")) == "")
    #expect(try message(.remove("qwen2.attention.layer_norm_rms_epsilon")).contains("layer_norm_rms_epsilon"))
    #expect(try message(.remove("qwen2.context_length")).contains("qwen2.context_length"))
    #expect(try message(.text("qwen2.rope.scaling.type", "yarn")).contains("qwen2.rope.scaling.factor"))
  }

  @Test func linearScalingDividesPositions() throws {
    let plain = try ModelConfiguration(TinyModelFile.open()).rope
    let factor = TinyModelFile.Edit.float("qwen2.rope.scaling.factor", 4)
    let files = [
      try TinyModelFile.open(.text("qwen2.rope.scaling.type", "linear"), factor),
      try TinyModelFile.open(factor),
      try TinyModelFile.open(.float("qwen2.rope.scale_linear", 4)),
    ]
    for file in files {
      let rope = try ModelConfiguration(file).rope
      #expect(rope.frequencies == plain.frequencies.map { $0 / 4 })
      let stretched = RotaryTable(rope, positions: [12])
      let near = RotaryTable(plain, positions: [3])
      #expect(stretched.cosine == near.cosine && stretched.sine == near.sine)
    }
    #expect(try message(factor, .float("qwen2.rope.scale_linear", 2)).contains("differ"))
    let off = try ModelConfiguration(TinyModelFile.open(.text("qwen2.rope.scaling.type", "none"), factor))
      .rope
    #expect(off == plain)
  }

  @Test(
    "Numbers at the ends of their range end with a sentence",
    arguments: [
      "block_count", "embedding_length", "feed_forward_length", "context_length", "attention.head_count",
      "attention.head_count_kv", "attention.key_length", "attention.value_length", "rope.dimension_count",
      "vocab_size",
    ]
  )
  func extremes(_ key: String) throws {
    for value in [0, UInt64(Int64.max), UInt64.max] {
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      let message = try message(.set("qwen2.\(key)", type: 10, bytes))
      #expect(message.contains("qwen2.\(key)") && message.contains("\(value)"), "\(message)")
    }
  }
}
