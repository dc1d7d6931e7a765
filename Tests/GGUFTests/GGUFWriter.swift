internal import Foundation
internal import GGUF

/// Writes small GGUF files for tests, sound or not.
struct GGUFWriter {
  /// A metadata value with its type number and bytes.
  struct Value {
    let type: UInt32
    let bytes: [UInt8]

    static func fixed(_ type: UInt32, _ value: some FixedWidthInteger) -> Value {
      Value(type: type, bytes: GGUFWriter.bytes(value))
    }
    static func uint8(_ value: UInt8) -> Value { fixed(0, value) }
    static func int8(_ value: Int8) -> Value { fixed(1, value) }
    static func uint16(_ value: UInt16) -> Value { fixed(2, value) }
    static func int16(_ value: Int16) -> Value { fixed(3, value) }
    static func uint32(_ value: UInt32) -> Value { fixed(4, value) }
    static func int32(_ value: Int32) -> Value { fixed(5, value) }
    static func float32(_ value: Float) -> Value { fixed(6, value.bitPattern) }
    static func bool(_ value: Bool) -> Value { fixed(7, UInt8(value ? 1 : 0)) }
    static func uint64(_ value: UInt64) -> Value { fixed(10, value) }
    static func int64(_ value: Int64) -> Value { fixed(11, value) }
    static func float64(_ value: Double) -> Value { fixed(12, value.bitPattern) }
    static func string(_ value: String) -> Value { Value(type: 8, bytes: GGUFWriter.string(value)) }
    static func array(of type: UInt32, _ elements: [Value]) -> Value {
      Value(
        type: 9,
        bytes: GGUFWriter.bytes(type) + GGUFWriter.bytes(UInt64(elements.count)) + elements.flatMap(\.bytes)
      )
    }
  }

  struct Tensor {
    var name: String
    var type: UInt32
    var dimensions: [UInt64]
    var data: [UInt8]
    /// The offset to declare in place of the true one.
    var declaredOffset: UInt64?
  }

  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var metadata: [(key: String, value: Value)] = []
  var tensors: [Tensor] = []
  var alignment = 32
  var declaredTensorCount: UInt64?
  var declaredPairCount: UInt64?

  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func string(_ value: String) -> [UInt8] { bytes(UInt64(value.utf8.count)) + Array(value.utf8) }

  var bytes: [UInt8] {
    var result = magic + Self.bytes(version)
    result += Self.bytes(declaredTensorCount ?? UInt64(tensors.count))
    result += Self.bytes(declaredPairCount ?? UInt64(metadata.count))
    for (key, value) in metadata {
      result += Self.string(key) + Self.bytes(value.type) + value.bytes
    }
    var data: [UInt8] = []
    for tensor in tensors {
      data += padding(data.count)
      result += Self.string(tensor.name) + Self.bytes(UInt32(tensor.dimensions.count))
      result += tensor.dimensions.flatMap { Self.bytes($0) }
      result += Self.bytes(tensor.type) + Self.bytes(tensor.declaredOffset ?? UInt64(data.count))
      data += tensor.data
    }
    return result + padding(result.count) + data
  }

  private func padding(_ count: Int) -> [UInt8] {
    Array(repeating: 0, count: (alignment - count % alignment) % alignment)
  }

  /// Opens the file that this writer describes.
  func open() throws -> GGUFFile { try Self.open(bytes) }

  /// Opens a file of given bytes; the file is gone from its folder when this returns.
  static func open(_ bytes: [UInt8]) throws -> GGUFFile {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("braid-\(UUID().uuidString).gguf")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try GGUFFile(path: url.path)
  }
}
