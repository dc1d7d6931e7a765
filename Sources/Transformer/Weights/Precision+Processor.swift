internal import CKernels
internal import COneDNN
package import KVFormat

extension Precision {
  /// The exacter precision that this processor multiplies natively, within `ONEDNN_MAX_CPU_ISA`: bf16, else f32. Int8 is
  /// compared with it.
  package static var native: Precision { activationsInBF16 ? .bf16 : .f32 }

  /// The greatest loss that ``automatic`` accepts for speed: the share by which the mean NLL of text may be above that
  /// in ``native``.
  package static let acceptedLoss = 0.005

  /// What is computed in unless something else is asked for: the fastest precision of this processor, within
  /// `ONEDNN_MAX_CPU_ISA`, whose loss is below ``acceptedLoss``.
  ///
  /// That is int8 wherever there is a kernel for it: `docs/performance.md` has its speed on each kind of processor, and
  /// its loss on several models.
  package static var automatic: Precision { int8.isSupported ? .int8 : native }

  /// The type of attention's input and output, and of layers that are not quantised.
  package var activations: ElementType {
    switch self {
    case .bf16: .bf16
    case .f32: .f32
    case .int8: Self.activationsInBF16 ? .bf16 : .f32
    }
  }

  /// The type of the linear layers' weights.
  package var weights: ElementType { self == .int8 ? .int8 : activations }

  /// True if the processor multiplies at this precision natively, within `ONEDNN_MAX_CPU_ISA`.
  package var isSupported: Bool {
    switch self {
    case .f32: true
    case .bf16: braid_onednn_has_bf16() != 0
    case .int8: Self.int8Rows != nil
    }
  }

  /// Checks that the processor has what this precision needs.
  ///
  /// - Throws: ``ModelError`` that names what is missing.
  func check() throws(ModelError) {
    guard !isSupported else { return }
    let missing = self == .int8 ? "AVX2" : "AVX512-BF16"
    throw ModelError(
      .badInput,
      "this processor has no \(rawValue) products (\(missing)): use --compute \(Self.automatic.rawValue)"
    )
  }

  /// The rows that weights in int8 are multiplied by, as the kernels number them; nil if there are none.
  static let int8Rows: Int32? = {
    switch braid_onednn_int8_rows() {
    case BRAID_INT8_SIGNED: return Int32(BRAID_ROWS_S8)
    case BRAID_INT8_UNSIGNED: return Int32(BRAID_ROWS_U8)
    default: return braid_isa_in_use() == BRAID_ISA_BASELINE ? nil : Int32(BRAID_ROWS_U8_WORDS)
    }
  }()

  private static var activationsInBF16: Bool {
    braid_onednn_has_bf16() != 0 && braid_attention_has_bf16() != 0
  }
}

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
