internal import CKernels

/// The number format of a tensor: plain, or packed in blocks of several elements.
package struct GGUFTensorType: Hashable, Sendable, CustomStringConvertible {
  /// The number of the type in the file.
  package let rawValue: UInt32
  /// The name, as ggml writes it.
  package let description: String
  /// The number of elements of a block.
  package let blockLength: Int
  /// The number of bytes of a block.
  package let blockByteCount: Int

  private init(_ rawValue: UInt32, _ description: String, _ blockLength: Int, _ blockByteCount: Int) {
    self.rawValue = rawValue
    self.description = description
    self.blockLength = blockLength
    self.blockByteCount = blockByteCount
  }

  /// 32-bit floats.
  package static let f32 = GGUFTensorType(0, "F32", 1, 4)
  /// 16-bit IEEE floats.
  package static let f16 = GGUFTensorType(1, "F16", 1, 2)
  /// 4 bits, a scale for 32 elements.
  package static let q4_0 = GGUFTensorType(2, "Q4_0", 32, 18)
  /// 4 bits, a scale and a minimum for 32 elements.
  package static let q4_1 = GGUFTensorType(3, "Q4_1", 32, 20)
  /// 5 bits, a scale for 32 elements.
  package static let q5_0 = GGUFTensorType(6, "Q5_0", 32, 22)
  /// 5 bits, a scale and a minimum for 32 elements.
  package static let q5_1 = GGUFTensorType(7, "Q5_1", 32, 24)
  /// 8 bits, a scale for 32 elements.
  package static let q8_0 = GGUFTensorType(8, "Q8_0", 32, 34)
  /// 4 bits, scaled scales and minima for groups of 32 in blocks of 256 elements.
  package static let q4_k = GGUFTensorType(12, "Q4_K", 256, 144)
  /// 5 bits, scaled scales and minima for groups of 32 in blocks of 256 elements.
  package static let q5_k = GGUFTensorType(13, "Q5_K", 256, 176)
  /// 6 bits, scaled scales for groups of 16 in blocks of 256 elements.
  package static let q6_k = GGUFTensorType(14, "Q6_K", 256, 210)
  /// 16-bit brain floats.
  package static let bf16 = GGUFTensorType(30, "BF16", 1, 2)

  /// The types that can be read.
  package static let supported: [GGUFTensorType] = [
    .f32, .f16, .bf16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q4_k, .q5_k, .q6_k,
  ]

  /// The names of types that exist but are not read, for error messages.
  private static let unsupportedNames: [UInt32: String] = [
    9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64",
    28: "F64",
    29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
  ]

  static func named(_ rawValue: UInt32, tensor: String) throws(GGUFError) -> GGUFTensorType {
    if let type = supported.first(where: { $0.rawValue == rawValue }) { return type }
    let name = unsupportedNames[rawValue].map { "\($0) (\(rawValue))" } ?? "number \(rawValue)"
    let known = supported.map(\.description).joined(separator: ", ")
    throw GGUFError(
      .unsupportedType,
      "tensor \(tensor) has the unsupported type \(name); supported are \(known)"
    )
  }

  /// Dequantises whole blocks.
  ///
  /// `source` must hold the blocks, and `destination` must have space for `blocks * blockLength` floats.
  package func dequantise(_ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, blocks: Int)
  {
    braid_dequantiser_of(rawValue)?(source.assumingMemoryBound(to: UInt8.self), destination, blocks)
  }
}
