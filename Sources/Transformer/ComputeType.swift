internal import CKernels
internal import COneDNN

/// The precision of matrix products.
public struct ComputeType: Sendable, Hashable, CustomStringConvertible {
  package enum Value: String { case bf16, f32, int8 }
  package let value: Value

  /// Weights and activations in bfloat16, sums in f32.
  public static let bf16 = ComputeType(value: .bf16)
  /// Everything in f32.
  public static let f32 = ComputeType(value: .f32)
  /// Linear layers in int8, one scale for each row of weights and of activations; everything else in the best
  /// of the other two.
  public static let int8 = ComputeType(value: .int8)

  /// The best precision that this processor multiplies natively, `ONEDNN_MAX_CPU_ISA` heeded. Int8 gives up
  /// fidelity and must be asked for.
  public static var native: ComputeType { activationsInBF16 ? .bf16 : .f32 }

  private init(value: Value) { self.value = value }

  /// The type of this name, "bf16", "f32" or "int8"; nil for any other.
  public init?(name: String) {
    guard let value = Value(rawValue: name) else { return nil }
    self.value = value
  }

  /// The name on the command line and on the wire.
  public var name: String { value.rawValue }
  /// The name on the command line and on the wire.
  public var description: String { name }

  /// The type of what attention reads and writes, and of layers that are not quantised.
  package var activations: ElementType {
    switch value {
    case .bf16: .bf16
    case .f32: .f32
    case .int8: Self.activationsInBF16 ? .bf16 : .f32
    }
  }

  /// The type of the linear layers' weights.
  package var weights: ElementType { value == .int8 ? .int8 : activations }

  /// Whether the processor multiplies at this precision natively, `ONEDNN_MAX_CPU_ISA` heeded.
  public var isSupported: Bool {
    switch value {
    case .f32: true
    case .bf16: braid_onednn_has_bf16() != 0
    case .int8: braid_onednn_has_int8() != 0
    }
  }

  /// Makes sure that the processor has what this precision needs.
  ///
  /// - Throws: ``ModelError`` that says what is missing.
  func check() throws(ModelError) {
    guard !isSupported else { return }
    let missing = value == .int8 ? "AVX512-VNNI" : "AVX512-BF16"
    throw ModelError(
      .badInput,
      "this processor has no \(self) products (\(missing)): use --compute \(Self.native)"
    )
  }

  private static var activationsInBF16: Bool {
    braid_onednn_has_bf16() != 0 && braid_attention_has_bf16() != 0
  }
}

extension ComputeType.Value: Sendable {}

/// The type of one number of a matrix.
package enum ElementType: Sendable, Hashable {
  case f32
  case bf16
  case int8

  /// Bytes of one number.
  package var byteCount: Int {
    switch self {
    case .f32: 4
    case .bf16: 2
    case .int8: 1
    }
  }

  var library: braid_type {
    switch self {
    case .f32: BRAID_F32
    case .bf16: BRAID_BF16
    case .int8: BRAID_S8
    }
  }
}
