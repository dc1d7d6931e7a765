internal import Foundation
package import GGUF

/// Writes small GGUF files for tests, sound or not.
package struct GGUFWriter: Sendable {
  /// A metadata value with its type number and bytes.
  package struct Value: Sendable {
    package let type: UInt32
    package let bytes: [UInt8]

    package init(type: UInt32, bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
    }

    package static func fixed(_ type: UInt32, _ value: some FixedWidthInteger) -> Value {
      Value(type: type, bytes: GGUFWriter.bytes(value))
    }
    package static func uint8(_ value: UInt8) -> Value { fixed(0, value) }
    package static func int8(_ value: Int8) -> Value { fixed(1, value) }
    package static func uint16(_ value: UInt16) -> Value { fixed(2, value) }
    package static func int16(_ value: Int16) -> Value { fixed(3, value) }
    package static func uint32(_ value: UInt32) -> Value { fixed(4, value) }
    package static func int32(_ value: Int32) -> Value { fixed(5, value) }
    package static func float32(_ value: Float) -> Value { fixed(6, value.bitPattern) }
    package static func bool(_ value: Bool) -> Value { fixed(7, UInt8(value ? 1 : 0)) }
    package static func uint64(_ value: UInt64) -> Value { fixed(10, value) }
    package static func int64(_ value: Int64) -> Value { fixed(11, value) }
    package static func float64(_ value: Double) -> Value { fixed(12, value.bitPattern) }
    package static func string(_ value: String) -> Value { Value(type: 8, bytes: GGUFWriter.string(value)) }
    package static func array(of type: UInt32, _ elements: [Value]) -> Value {
      Value(
        type: 9,
        bytes: GGUFWriter.bytes(type) + GGUFWriter.bytes(UInt64(elements.count)) + elements.flatMap(\.bytes)
      )
    }
  }

  /// A tensor with its data.
  package struct Tensor: Sendable {
    package var name: String
    package var type: UInt32
    /// The length of a row first.
    package var dimensions: [UInt64]
    package var data: [UInt8]
    /// The offset to declare in place of the true one.
    package var declaredOffset: UInt64?

    package init(
      name: String,
      type: UInt32,
      dimensions: [UInt64],
      data: [UInt8],
      declaredOffset: UInt64? = nil
    ) {
      self.name = name
      self.type = type
      self.dimensions = dimensions
      self.data = data
      self.declaredOffset = declaredOffset
    }
  }

  package var magic = Array("GGUF".utf8)
  package var version: UInt32 = 3
  package var metadata: [(key: String, value: Value)] = []
  package var tensors: [Tensor] = []
  package var alignment = 32
  package var declaredTensorCount: UInt64?
  package var declaredPairCount: UInt64?
  /// Metadata pairs of another file, which follow the others.
  package var copiedPairs: [UInt8] = []

  package init() {}

  /// The bytes of a number.
  package static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// The bytes of a text with its length.
  package static func string(_ value: String) -> [UInt8] {
    bytes(UInt64(value.utf8.count)) + Array(value.utf8)
  }

  /// The whole file.
  package var bytes: [UInt8] {
    var result = magic + Self.bytes(version)
    result += Self.bytes(declaredTensorCount ?? UInt64(tensors.count))
    result += Self.bytes(declaredPairCount ?? UInt64(metadata.count))
    for (key, value) in metadata {
      result += Self.string(key) + Self.bytes(value.type) + value.bytes
    }
    result += copiedPairs
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
  package func open() throws -> GGUFFile { try Self.open(bytes) }

  /// Opens a file of given bytes; the file is gone from its folder when this returns.
  package static func open(_ bytes: [UInt8]) throws -> GGUFFile {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("braid-\(UUID().uuidString).gguf")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try GGUFFile(path: url.path)
  }
}
