internal import Memory

extension GGUFValue {
  /// The deepest nesting of arrays that is read: no writer makes deeper ones, and each level is a level of
  /// recursion.
  private static let deepestArray = 4

  /// Reads the type number of a value.
  static func readType(
    from cursor: inout ByteCursor,
    _ what: @autoclosure () -> String
  ) throws(GGUFError) -> GGUFValueType {
    let number = try cursor.integer(UInt32.self, "the type of \(what())")
    guard let type = GGUFValueType(rawValue: number) else {
      throw GGUFError(.unsupportedType, "\(what()) has the unknown value type \(number)")
    }
    return type
  }

  /// Reads a value of a known type, checking all its lengths against the file.
  static func read(
    _ type: GGUFValueType,
    from cursor: inout ByteCursor,
    in storage: AlignedBuffer,
    depth: Int = 0,
    _ what: @autoclosure () -> String
  ) throws(GGUFError) -> GGUFValue {
    func value(_ range: Range<Int>, _ elementType: GGUFValueType? = nil, count: Int = 1) -> GGUFValue {
      GGUFValue(type: type, elementType: elementType, count: count, storage: storage, range: range)
    }
    let start = cursor.offset
    if let size = type.byteSize {
      try cursor.skip(size, what())
      try checkBools(type, in: storage.bytes[start..<cursor.offset], what())
      return value(start..<cursor.offset)
    }
    if type == .string {
      let length = try cursor.stringBytes(what()).count
      return value(cursor.offset - length..<cursor.offset)
    }
    guard depth < deepestArray else {
      throw GGUFError(.malformed, "\(what()) nests arrays more than \(deepestArray) deep")
    }
    let elementType = try readType(from: &cursor, "the elements of \(what())")
    // An empty string takes 8 bytes, an empty array 12.
    let count = try cursor.count(
      minimumSize: elementType.byteSize ?? (elementType == .string ? 8 : 12),
      "the length of \(what())"
    )
    let first = cursor.offset
    if let size = elementType.byteSize {
      try cursor.skip(count * size, what())
      try checkBools(elementType, in: storage.bytes[first..<cursor.offset], what())
    } else if elementType == .string {
      for _ in 0..<count { _ = try cursor.stringBytes(what()) }
    } else {
      for _ in 0..<count { _ = try read(.array, from: &cursor, in: storage, depth: depth + 1, what()) }
    }
    return value(first..<cursor.offset, elementType, count: count)
  }

  private static func checkBools(
    _ type: GGUFValueType,
    in bytes: Slice<UnsafeRawBufferPointer>,
    _ what: @autoclosure () -> String
  ) throws(GGUFError) {
    guard type == .bool, let wrong = bytes.first(where: { $0 > 1 }) else { return }
    throw GGUFError(.malformed, "\(what()) holds \(wrong) where a Boolean must be 0 or 1")
  }
}
