/// Reads little-endian values from front to back, never past the end.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var remaining: Int { bytes.count - offset }

  mutating func skip(_ count: Int, _ what: @autoclosure () -> String) throws(GGUFError) {
    guard count >= 0, count <= remaining else {
      throw GGUFError(
        .truncated,
        "the file ends inside \(what()): \(count) bytes are needed at offset \(offset) of \(bytes.count)"
      )
    }
    offset += count
  }

  mutating func integer<Value: FixedWidthInteger>(
    _: Value.Type,
    _ what: @autoclosure () -> String
  ) throws(GGUFError) -> Value {
    let start = offset
    try skip(MemoryLayout<Value>.size, what())
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Value.self))
  }

  /// Reads a 64-bit count of items of at least `minimumSize` bytes each. A count that the file cannot hold is
  /// refused before anything is allocated for it.
  mutating func count(minimumSize: Int, _ what: @autoclosure () -> String) throws(GGUFError) -> Int {
    let value = try integer(UInt64.self, what())
    guard value <= UInt64(remaining / minimumSize) else {
      throw GGUFError(
        .truncated,
        "the file declares \(value) for \(what()), more than its last \(remaining) bytes can hold"
      )
    }
    return Int(value)
  }

  /// Reads the bytes of a length-prefixed string.
  mutating func stringBytes(_ what: @autoclosure () -> String) throws(GGUFError) -> UnsafeRawBufferPointer {
    let count = try count(minimumSize: 1, "the length of \(what())")
    let start = offset
    try skip(count, what())
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
  }

  /// Reads a name, which must be UTF-8 and not empty.
  mutating func name(_ what: @autoclosure () -> String) throws(GGUFError) -> String {
    let start = offset
    let bytes = try stringBytes(what())
    guard !bytes.isEmpty, let name = String(validating: bytes, as: UTF8.self) else {
      throw GGUFError(.malformed, "\(what()) at offset \(start) is empty or not UTF-8")
    }
    return name
  }
}
