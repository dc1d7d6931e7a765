/// The rules of a SentencePiece vocabulary for spaces. Within this module a space is a space: U+2581, as which
/// such vocabularies spell it, is undone in tokens and, as they do, in text.
struct Spaces: Sendable {
  /// True if a space is put before a text, and before what follows a special token.
  let addsPrefix: Bool
  /// True if spaces around a text are left out, and of several together all but one.
  let removesExtra: Bool

  /// The bytes of U+2581.
  static let escaped: [UInt8] = [0xE2, 0x96, 0x81]

  /// Replaces each U+2581 by a space.
  static func unescaped(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(bytes)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    append(bytes.span, 0, keepingOne: false, to: &result)
    return result
  }

  /// The whole text as special tokens are looked for in it. U+2581 becomes a space, unless the rules tell it from
  /// one.
  func unescapedText(_ text: [UInt8]) -> [UInt8] {
    removesExtra || !text.contains(Self.escaped[0]) ? text : Self.unescaped(text)
  }

  /// The text as it is cut into pieces.
  ///
  /// - Parameters:
  ///   - text: The text between two special tokens, or the whole.
  ///   - opens: True if a space may be put before it.
  ///   - isFirst: True if the whole text begins with it, or begins anew.
  ///   - isLast: True if the whole text ends with it.
  /// - Returns: The text, with spaces by the rules.
  func normalised(_ text: Span<UInt8>, opens: Bool, isFirst: Bool, isLast: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + 1)
    var start = 0
    if removesExtra, isFirst { while start < text.count, text[start] == Ascii.space { start += 1 } }
    guard start < text.count else { return [] }
    if addsPrefix, opens { result.append(Ascii.space) }
    Self.append(text, start, keepingOne: removesExtra, to: &result)
    if removesExtra, isLast { while result.last == Ascii.space { result.removeLast() } }
    return result
  }

  /// Appends a text from an index on, its U+2581 as spaces, and of each run of other spaces all or one.
  private static func append(_ text: Span<UInt8>, _ start: Int, keepingOne: Bool, to result: inout [UInt8]) {
    var index = start
    var isBehindSpace = false
    while index < text.count {
      let byte = text[index]
      let isSpace = byte == Ascii.space
      if byte == escaped[0], index + 2 < text.count, text[index + 1] == escaped[1],
        text[index + 2] == escaped[2]
      {
        result.append(Ascii.space)
        index += 3
      } else {
        if !(keepingOne && isSpace && isBehindSpace) { result.append(byte) }
        index += 1
      }
      isBehindSpace = isSpace
    }
  }
}
