/// The type of the elements of a KV cache.
package enum KVType: String, Codable, Hashable, Sendable, CaseIterable {
  /// Bfloat16.
  case bf16
  /// Single precision.
  case f32

  /// Bytes per element.
  package var byteCount: Int {
    switch self {
    case .bf16: 2
    case .f32: 4
    }
  }
}
