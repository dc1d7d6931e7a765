/// A document's text in UTF-8, read from the bytes of a file or a request.
///
/// A byte order mark decides how the bytes are read, and is not part of the text; without one they are UTF-8.
package struct DocumentText: Hashable, Sendable {
  /// The text without its mark. A few invalid bytes may be left in it; they are replaced and counted when it
  /// is encoded.
  package let bytes: [UInt8]

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What to call it at the beginning of a sentence.
  /// - Throws: ``ServiceError`` of code `badInput` for a document without a word, of code `notText` for what is no text.
  package init(_ bytes: [UInt8], name: String) throws(ServiceError) {
    let text = ByteOrderMark.of(bytes).map { $0.utf8(of: bytes) } ?? bytes
    // Some programs write a mark before any content.
    if let format = FileFormat.of(bytes) ?? FileFormat.of(text) {
      throw ServiceError(.notText, "\(name) is \(format.name), not plain text: \(format.advice).")
    }
    if let first = text.firstIndex(of: 0) {
      throw ServiceError(.notText, "\(name) \(Self.zeroBytes(text, first: first))")
    }
    let invalid = Self.invalidCount(text)
    guard invalid <= max(Self.fewInvalid, text.count / 100) else {
      throw ServiceError(
        .notText,
        "\(name) is not UTF-8: \(invalid) of its \(text.count) bytes are invalid. If it is text in another encoding, "
          + "convert it, for example with `iconv -f ISO-8859-1 -t UTF-8`."
      )
    }
    let controls = text.count(where: Self.isControl)
    guard controls <= text.count / 10 else {
      throw ServiceError(
        .notText,
        "\(name) is no plain text: \(controls) of its \(text.count) bytes are control characters."
      )
    }
    guard !Self.isBlank(text) else {
      throw ServiceError(.badInput, "\(name) is empty: there is nothing to encode.")
    }
    self.bytes = text
  }

  /// The number of invalid sequences that a text of any length may have.
  private static let fewInvalid = 8

  /// Describes zero bytes: in UTF-16 every other byte of most texts is one.
  private static func zeroBytes(_ bytes: [UInt8], first: Int) -> String {
    var (even, odd) = (0, 0)
    let head = bytes.prefix(4096)
    for (index, byte) in head.enumerated() where byte == 0 {
      if index.isMultiple(of: 2) { even += 1 } else { odd += 1 }
    }
    let form = odd > head.count / 4 && even == 0 ? "LE" : even > head.count / 4 && odd == 0 ? "BE" : nil
    if let form {
      return
        "looks like UTF-16 without a byte order mark: convert it with `iconv -f UTF-16\(form) -t UTF-8` first."
    }
    return
      "holds zero bytes, the first at byte \(first), and is no plain text: convert it to UTF-8 text first."
  }

  /// True for control characters, other than tabs, line ends, page ends, backspaces and escapes, which texts
  /// have.
  private static func isControl(_ byte: UInt8) -> Bool {
    (byte < 0x20 && !(0x08...0x0D).contains(byte) && byte != 0x1B) || byte == 0x7F
  }

  /// The number of sequences that are not UTF-8.
  private static func invalidCount(_ bytes: [UInt8]) -> Int {
    if (try? UTF8Span(validating: bytes.span)) != nil { return 0 }
    var (parser, iterator, count) = (Unicode.UTF8.ForwardParser(), bytes.makeIterator(), 0)
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid: continue
      case .error: count += 1
      case .emptyInput: return count
      }
    }
  }

  /// True if there is nothing but white space and further byte order marks.
  private static func isBlank(_ bytes: [UInt8]) -> Bool {
    var (parser, iterator) = (Unicode.UTF8.ForwardParser(), bytes.makeIterator())
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        guard scalar.properties.isWhitespace || scalar == "\u{FEFF}" else { return false }
      case .error: return false
      case .emptyInput: return true
      }
    }
  }
}
