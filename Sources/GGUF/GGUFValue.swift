internal import Memory

/// The type of a metadata value, as numbered in the file.
package struct GGUFValueType: Hashable, Sendable, CustomStringConvertible {
  /// The number of the type in the file.
  package let rawValue: UInt32
  /// The size of one value in bytes; nil for strings and arrays.
  let byteSize: Int?
  /// The name of the type.
  package let description: String

  private init(_ rawValue: UInt32, _ description: String, _ byteSize: Int?) {
    self.rawValue = rawValue
    self.description = description
    self.byteSize = byteSize
  }

  /// An unsigned byte.
  package static let uint8 = GGUFValueType(0, "uint8", 1)
  /// A signed byte.
  package static let int8 = GGUFValueType(1, "int8", 1)
  /// An unsigned 16-bit integer.
  package static let uint16 = GGUFValueType(2, "uint16", 2)
  /// A signed 16-bit integer.
  package static let int16 = GGUFValueType(3, "int16", 2)
  /// An unsigned 32-bit integer.
  package static let uint32 = GGUFValueType(4, "uint32", 4)
  /// A signed 32-bit integer.
  package static let int32 = GGUFValueType(5, "int32", 4)
  /// A 32-bit float.
  package static let float32 = GGUFValueType(6, "float32", 4)
  /// A Boolean, one byte of 0 or 1.
  package static let bool = GGUFValueType(7, "bool", 1)
  /// A string of UTF-8.
  package static let string = GGUFValueType(8, "string", nil)
  /// An array of values of one type.
  package static let array = GGUFValueType(9, "array", nil)
  /// An unsigned 64-bit integer.
  package static let uint64 = GGUFValueType(10, "uint64", 8)
  /// A signed 64-bit integer.
  package static let int64 = GGUFValueType(11, "int64", 8)
  /// A 64-bit float.
  package static let float64 = GGUFValueType(12, "float64", 8)

  private static let all: [GGUFValueType] = [
    .uint8, .int8, .uint16, .int16, .uint32, .int32, .float32, .bool, .string, .array, .uint64, .int64,
    .float64,
  ]

  init?(rawValue: UInt32) {
    guard rawValue < UInt32(Self.all.count) else { return nil }
    self = Self.all[Int(rawValue)]
  }
}

/// One metadata value, which keeps the header in memory.
///
/// A value refers to a validated range of the header, and is decoded on access.
package struct GGUFValue: Sendable {
  /// The type of the value.
  package let type: GGUFValueType
  /// The type of the elements where this is an array.
  package let elementType: GGUFValueType?
  /// The number of elements where this is an array, else 1.
  package let count: Int
  /// The header that holds the value.
  let storage: AlignedBuffer
  /// The range of the value in the header; of an array, that of its elements.
  let range: Range<Int>

  private func integer(_ type: GGUFValueType, at offset: Int) -> Int128? {
    func load<Value: FixedWidthInteger>(_: Value.Type) -> Int128 {
      Int128(Value(littleEndian: storage.bytes.loadUnaligned(fromByteOffset: offset, as: Value.self)))
    }
    switch type {
    case .uint8: return load(UInt8.self)
    case .int8: return load(Int8.self)
    case .uint16: return load(UInt16.self)
    case .int16: return load(Int16.self)
    case .uint32: return load(UInt32.self)
    case .int32: return load(Int32.self)
    case .uint64: return load(UInt64.self)
    case .int64: return load(Int64.self)
    default: return nil
    }
  }

  private func double(_ type: GGUFValueType, at offset: Int) -> Double? {
    func load<Value: FixedWidthInteger>(_: Value.Type) -> Value {
      Value(littleEndian: storage.bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
    switch type {
    case .float32: return Double(Float(bitPattern: load(UInt32.self)))
    case .float64: return Double(bitPattern: load(UInt64.self))
    default: return integer(type, at: offset).map { Double($0) }
    }
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: storage.bytes[range], as: UTF8.self)
  }

  /// The text of a string value, invalid UTF-8 replaced by U+FFFD; nil for other types.
  package var string: String? { type == .string ? text(range) : nil }

  /// The value of an integer of any width; nil for other types and for what a 64-bit signed integer cannot
  /// hold.
  package var integer: Int? { integer(type, at: range.lowerBound).flatMap { Int(exactly: $0) } }

  /// The value of a non-negative integer of any width; nil for other types and for negative values.
  package var unsigned: UInt64? { integer(type, at: range.lowerBound).flatMap { UInt64(exactly: $0) } }

  /// The value of a float or an integer; nil for other types.
  package var double: Double? { double(type, at: range.lowerBound) }

  /// The value of a Boolean; nil for other types.
  package var bool: Bool? { type == .bool ? storage.bytes[range.lowerBound] != 0 : nil }

  /// The elements of an array of strings; nil for other types.
  ///
  /// - Complexity: O(bytes of the array).
  package var strings: [String]? {
    guard elementType == .string else { return nil }
    var result: [String] = []
    result.reserveCapacity(count)
    var offset = range.lowerBound
    for _ in 0..<count {
      // The lengths were checked when the file was opened.
      let length = UInt64(littleEndian: storage.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let start = offset + 8
      offset = start + Int(length)
      result.append(text(start..<offset))
    }
    return result
  }

  /// The elements of an array of integers; nil for other types and where one exceeds 64 signed bits.
  package var integers: [Int]? {
    guard let elementType, let size = elementType.byteSize else { return nil }
    var result: [Int] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let value = integer(elementType, at: range.lowerBound + index * size),
        let integer = Int(exactly: value)
      else { return nil }
      result.append(integer)
    }
    return result
  }

  /// The elements of an array of floats or integers as doubles; nil for other types.
  package var doubles: [Double]? {
    guard let elementType, let size = elementType.byteSize, elementType != .bool else { return nil }
    var result: [Double] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let value = double(elementType, at: range.lowerBound + index * size) else { return nil }
      result.append(value)
    }
    return result
  }

  /// The elements of an array of floats or integers as 32-bit floats; nil for other types.
  package var floats: [Float]? { doubles?.map { Float($0) } }

  /// The elements of an array of Booleans; nil for other types.
  package var bools: [Bool]? {
    elementType == .bool ? storage.bytes[range].map { $0 != 0 } : nil
  }

  /// The elements of any array, arrays of arrays too; nil where this is not an array.
  package var elements: [GGUFValue]? {
    guard let elementType else { return nil }
    var cursor = ByteCursor(storage.bytes, offset: range.lowerBound)
    var result: [GGUFValue] = []
    for _ in 0..<count {
      guard let element = try? GGUFValue.read(elementType, from: &cursor, in: storage, "an element") else {
        return nil
      }
      result.append(element)
    }
    return result
  }
}

extension GGUFValue: CustomStringConvertible {
  /// The value as text; an array is described by its element type and length, a long string is cut.
  package var description: String {
    if let string {
      return string.count > 200 ? "\(string.prefix(200))…" : string
    }
    if let bool { return "\(bool)" }
    if let integer = integer(type, at: range.lowerBound) { return "\(integer)" }
    if type == .float32, let double { return "\(Float(double))" }
    if let double { return "\(double)" }
    return "[\(elementType?.description ?? "?") x \(count)]"
  }
}
