internal import GGUF

/// The rules for the metadata keys of an architecture. A key is used, has no effect on the arithmetic, has
/// the value that changes nothing, or is refused by name.
struct ModelKeys {
  private let architecture: Architecture

  init(_ architecture: Architecture) { self.architecture = architecture }

  /// A value that changes nothing.
  private enum Neutral {
    case zero
    case one
    case no
    case yes
    case among([String])

    func accepts(_ value: GGUFValue) -> Bool {
      switch self {
      case .zero: value.double == 0 || value.bool == false || (value.doubles?.allSatisfy { $0 == 0 } ?? false)
      // Writers put 0 where a factor is not set.
      case .one: value.double == 1 || value.double == 0
      case .no: value.bool == false || value.double == 0
      case .yes: value.bool == true || value.double == 1
      case .among(let texts): value.string.map { texts.contains($0) } ?? false
      }
    }
  }

  /// The keys that ``ModelConfiguration`` reads; it refuses wrong values itself.
  private static let used = [
    "block_count", "embedding_length", "feed_forward_length", "context_length", "vocab_size",
    "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
    "attention.layer_norm_rms_epsilon", "attention.scale", "rope.dimension_count", "rope.freq_base",
    "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear", "rope.scaling.attn_factor",
    "rope.scaling.original_context_length", "attention.sliding_window", "attention.sliding_window_pattern",
  ]

  /// Keys that are read for YaRN and have no effect without it.
  private static let ofYaRN = [
    "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow", "rope.scaling.yarn_attn_factor",
    "rope.scaling.yarn_ext_factor",
  ]

  /// Keys without effect; in files of Granite this one says whether positions are rotated.
  private var notes: [String] { architecture.hasScales ? [] : ["rope.scaling.finetuned"] }

  /// The keys that are read for some architectures, and must be neutral in the files of others.
  private var special: [String] {
    (architecture.hasCaps ? ["attn_logit_softcapping", "final_logit_softcapping"] : [])
      + (architecture.hasScales ? ["embedding_scale", "residual_scale", "logit_scale"] : [])
      + (architecture.hasOwnWindowRotation ? ["rope.freq_base_swa"] : [])
  }

  private static let neutral: [(key: String, value: Neutral, meaning: String)] =
    [
      ("rope.scaling.finetuned", .yes, "positions are not rotated"),
      ("rope.scaling.yarn_log_multiplier", .zero, "YaRN sharpens attention by a rule of its own"),
      ("rope.dimension_sections", .zero, "positions have several parts"),
      ("attention.causal", .yes, "tokens see what follows them"),
      ("attention.clamp_kqv", .zero, "queries, keys and values are clamped"),
      ("attention.max_alibi_bias", .zero, "attention has a bias by distance"),
      ("attention.temperature_scale", .zero, "attention has a temperature by position"),
      ("attn_logit_softcapping", .zero, "attention is capped"),
      ("final_logit_softcapping", .zero, "logits are capped"),
      ("logit_scale", .one, "logits are scaled"),
      ("embedding_scale", .one, "embeddings are scaled"),
      ("residual_scale", .one, "the residual stream is scaled"),
      ("use_parallel_residual", .no, "attention and feed-forward run side by side"),
      ("swin_norm", .no, "the norms stand behind the layers"),
      ("pooling_type", .zero, "it is a model of embeddings, which writes no text"),
      ("leading_dense_block_count", .zero, "its layers differ"),
      ("nextn_predict_layers", .zero, "it predicts several tokens at once"),
      (
        "tensor_data_layout", .among(["reference", "Meta AI original pth"]), "its weights have another order"
      ),
    ]

  /// Checks that no key changes the arithmetic unnoticed.
  ///
  /// - Throws: ``ModelError`` that names the key and its value.
  func check(_ metadata: GGUFMetadata) throws(ModelError) {
    try checkExperts(metadata)
    let prefix = architecture.name + "."
    let read = Set(Self.used + Self.ofYaRN + notes + special)
    for key in metadata.keys where key.hasPrefix(prefix) {
      guard let value = metadata[key] else { continue }
      let name = String(key.dropFirst(prefix.count))
      // Without experts their other numbers have no effect.
      if read.contains(name) || name.hasPrefix("expert_") { continue }
      guard let rule = Self.neutral.first(where: { $0.key == name }) else {
        throw ModelError(
          .unsupported,
          "\(key) is \(value), and Braid does not know whether that changes the arithmetic"
        )
      }
      guard rule.value.accepts(value) else {
        throw ModelError(.unsupported, "\(key) is \(value): \(rule.meaning), which is not supported")
      }
    }
  }

  private func checkExperts(_ metadata: GGUFMetadata) throws(ModelError) {
    let key = "\(architecture.name).expert_count"
    guard let value = metadata[key], value.double != 0 else { return }
    throw ModelError(.unsupported, "it is a mixture of experts (\(key) is \(value)), which is not supported")
  }
}
