internal import CKernels
package import KVFormat

/// The attention kernel that runs, of two; it decides the type of the queries.
package enum AttentionKernel: Sendable {
  case bf16
  case f32

  /// The kernel for caches of a type under a type of activations.
  package init(activations: ElementType, cache: KVType) {
    self = activations == .bf16 && cache == .bf16 && braid_attention_has_bf16() != 0 ? .bf16 : .f32
  }

  /// The most tokens that may be attended together with the bits that each has by itself.
  ///
  /// - Parameters:
  ///   - group: Rows of a token that attend the same keys.
  ///   - cache: The type of the keys.
  ///   - most: The most tokens wanted.
  /// - Returns: At least 1.
  package func tokensTogether(group: Int, cache: KVType, most: Int) -> Int {
    // Keys in f32 are packed for any number of rows.
    cache == .bf16 ? max(1, min(most, Int(BRAID_FEW_ROWS) / max(1, group))) : max(1, most)
  }

  /// Rotates one group's queries of a block to the positions of a table, times the model's scale.
  ///
  /// - Parameters:
  ///   - qkv: The block's first row, before rotation.
  ///   - head: The key and value head whose group this is.
  ///   - tokens: The number of tokens of the block.
  ///   - table: The rotations.
  ///   - tableRow: The table's row for the first token.
  ///   - c: The model's configuration.
  ///   - temperature: The divisor of the logits, 1 for none.
  ///   - out: `[tokens][group][headDimension]` in this kernel's type.
  package func rotateQueries(
    _ qkv: UnsafePointer<Float>,
    head: Int,
    tokens: Int,
    table: RotaryTable,
    tableRow: Int,
    configuration c: ModelConfiguration,
    temperature: Float = 1,
    out: UnsafeMutableRawPointer
  ) {
    let d = c.headDimension
    let scale = c.attentionScale / temperature
    let from = qkv + head * c.group * d
    let offset = tableRow * d
    table.cosine.withUnsafeBufferPointer { cosine in
      table.sine.withUnsafeBufferPointer { sine in
        guard let cosine = cosine.baseAddress, let sine = sine.baseAddress else { return }
        switch self {
        case .bf16:
          braid_rope_bf16(
            from,
            c.qkvWidth,
            out.assumingMemoryBound(to: UInt16.self),
            c.group * d,
            d,
            cosine + offset,
            sine + offset,
            d,
            tokens,
            c.group,
            d,
            c.rope.isInterleaved,
            scale
          )
        case .f32:
          braid_rope_f32(
            from,
            c.qkvWidth,
            out.assumingMemoryBound(to: Float.self),
            c.group * d,
            d,
            cosine + offset,
            sine + offset,
            d,
            tokens,
            c.group,
            d,
            c.rope.isInterleaved,
            scale
          )
        }
      }
    }
  }
}
