/// Repair of bytes that should be UTF-8.
package enum UTF8Repair {
  /// Replaces bytes that are not UTF-8 by U+FFFD, one for each longest beginning of a character (maximal
  /// subpart), as most decoders do.
  ///
  /// - Parameter bytes: Any bytes.
  /// - Returns: Well-formed UTF-8, and the number of replacements.
  package static func repaired(_ bytes: [UInt8]) -> (text: [UInt8], replacements: Int) {
    guard var index = firstDefect(in: bytes.span) else { return (bytes, 0) }
    var text = Array(bytes[..<index])
    text.reserveCapacity(bytes.count + 64)
    var replacements = 0
    let span = bytes.span
    while index < span.count {
      let sequence = UTF8Sequence(span, at: index)
      if sequence.kind == .valid {
        text.append(contentsOf: bytes[index..<index + sequence.count])
      } else {
        text.append(contentsOf: [0xEF, 0xBF, 0xBD])
        replacements += 1
      }
      index += sequence.count
    }
    return (text, replacements)
  }

  /// Finds the first byte that is not part of UTF-8; nil if there is none.
  static func firstDefect(in bytes: Span<UInt8>) -> Int? {
    var index = 0
    while index < bytes.count {
      // Eight ASCII bytes at a time.
      if index + 8 <= bytes.count,
        bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        index += 8
        continue
      }
      let sequence = UTF8Sequence(bytes, at: index)
      guard sequence.kind == .valid else { return index }
      index += sequence.count
    }
    return nil
  }
}
