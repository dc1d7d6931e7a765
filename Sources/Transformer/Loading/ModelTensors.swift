internal import GGUF

/// The tensors of a model. A file must have no others: one that is not read belongs to a
/// model that would answer otherwise.
struct ModelTensors {
  private let configuration: ModelConfiguration
  private static let biases = ["attn_q.bias", "attn_k.bias", "attn_v.bias"]

  init(_ configuration: ModelConfiguration) { self.configuration = configuration }

  /// Checks that a file has all tensors of the model, in their shapes, and no others.
  ///
  /// - Throws: ``ModelError`` that names the tensor.
  func check(_ file: GGUFFile) throws(ModelError) {
    let c = configuration
    if let expert = file.tensors.first(where: {
      $0.name.contains("_exps.") || $0.name.contains("ffn_gate_inp")
    }) {
      throw ModelError(
        .unsupported,
        "it is a mixture of experts (it has the tensor \(expert.name)), which is not supported"
      )
    }
    var known: Set<String> = []
    func require(_ name: String, _ dimensions: Int...) throws(ModelError) {
      _ = try WeightLoader.tensor(file, name, dimensions)
      known.insert(name)
    }
    func allow(_ name: String, _ dimensions: Int...) throws(ModelError) {
      guard file.tensor(named: name) != nil else { return }
      _ = try WeightLoader.tensor(file, name, dimensions)
      known.insert(name)
    }
    try require("token_embd.weight", c.embedding, c.vocabulary)
    try require("output_norm.weight", c.embedding)
    try allow("output.weight", c.embedding, c.vocabulary)
    try allow("rope_freqs.weight", c.rope.rotated / 2)
    try allow("rope_factors_long.weight", c.rope.rotated / 2)
    try allow("rope_factors_short.weight", c.rope.rotated / 2)
    for layer in 0..<c.layers {
      let prefix = "blk.\(layer)."
      if c.block.norms.isBefore {
        try require(prefix + "attn_norm.weight", c.embedding)
        try require(prefix + "ffn_norm.weight", c.embedding)
      }
      if c.block.norms.isAfter {
        try require(prefix + "post_attention_norm.weight", c.embedding)
        try require(prefix + "post_ffw_norm.weight", c.embedding)
      }
      switch c.block.queryKeyNorm {
      case .none: break
      case .heads:
        try require(prefix + "attn_q_norm.weight", c.headDimension)
        try require(prefix + "attn_k_norm.weight", c.headDimension)
      case .rows:
        try require(prefix + "attn_q_norm.weight", c.queryWidth)
        try require(prefix + "attn_k_norm.weight", c.kvWidth)
      }
      if c.block.isFused {
        try require(prefix + "attn_qkv.weight", c.embedding, c.qkvWidth)
        try require(prefix + "ffn_up.weight", c.embedding, 2 * c.feedForward)
        try allow(prefix + "attn_qkv.bias", c.qkvWidth)
      } else {
        try require(prefix + "attn_q.weight", c.embedding, c.queryWidth)
        try require(prefix + "attn_k.weight", c.embedding, c.kvWidth)
        try require(prefix + "attn_v.weight", c.embedding, c.kvWidth)
        try require(prefix + "ffn_gate.weight", c.embedding, c.feedForward)
        try require(prefix + "ffn_up.weight", c.embedding, c.feedForward)
        // The loader looks for the first only; without this check the others alone would be ignored.
        if Self.biases.contains(where: { file.tensor(named: prefix + $0) != nil }) {
          try require(prefix + "attn_q.bias", c.queryWidth)
          try require(prefix + "attn_k.bias", c.kvWidth)
          try require(prefix + "attn_v.bias", c.kvWidth)
        }
      }
      try require(prefix + "attn_output.weight", c.queryWidth, c.embedding)
      if !c.block.norms.isAfter { try allow(prefix + "attn_output.bias", c.embedding) }
      try require(prefix + "ffn_down.weight", c.feedForward, c.embedding)
    }
    let strange = file.tensors.filter { !known.contains($0.name) }
    guard let first = strange.first else { return }
    let others = strange.count > 1 ? " and \(strange.count - 1) more" : ""
    throw ModelError(
      .unsupported,
      "the model file has the tensor \(first.name)\(others), which Braid does not use: without it the answers "
        + "would be another model's (\(c.architecture).block_count is \(c.layers))"
    )
  }
}
