internal import CKernels
internal import COneDNN

/// The precision of matrix products.
public struct ComputeType: Sendable, Hashable, CustomStringConvertible {
  package enum Value: String { case bf16, f32 }
  package let value: Value

  /// Weights and activations in bfloat16, sums in f32.
  public static let bf16 = ComputeType(value: .bf16)
  /// Everything in f32.
  public static let f32 = ComputeType(value: .f32)

  /// The best precision that this processor multiplies natively, `ONEDNN_MAX_CPU_ISA` heeded.
  public static var native: ComputeType {
    braid_onednn_has_bf16() != 0 && braid_attention_has_bf16() != 0 ? .bf16 : .f32
  }

  private init(value: Value) { self.value = value }

  /// The type of this name, "bf16" or "f32"; nil for any other.
  public init?(name: String) {
    guard let value = Value(rawValue: name) else { return nil }
    self.value = value
  }

  /// The name on the command line and on the wire.
  public var name: String { value.rawValue }
  /// The name on the command line and on the wire.
  public var description: String { name }

  package var activationBytes: Int { value == .bf16 ? 2 : 4 }
  var library: braid_type { value == .bf16 ? BRAID_BF16 : BRAID_F32 }
}

extension ComputeType.Value: Sendable {}
