/// The pairs of neighbouring characters within the tokens of a vocabulary.
///
/// What merging makes is a token, so no merge joins two characters that are neighbours in no token. Text can be
/// cut between them, and its pieces be merged one by one, with the same result as for the whole text.
struct CharacterPairs: Sendable {
  /// For each first character of ASCII a bit for each second one.
  private var ascii = [SIMD2<UInt64>](repeating: .zero, count: 128)
  /// The other pairs.
  private var others: IntegerTable

  init(_ vocabulary: Vocabulary) {
    var pairs: Set<UInt64> = []
    for token in 0..<Int32(vocabulary.count) where vocabulary.isPiece(token) {
      let bytes = Array(vocabulary.bytes(of: token))
      var last = UTF8Sequence(bytes.span, at: 0)
      var index = last.count
      while index < bytes.count {
        let next = UTF8Sequence(bytes.span, at: index)
        if last.scalar < 0x80, next.scalar < 0x80 {
          ascii[Int(last.scalar)][Int(next.scalar >> 6)] |= 1 << UInt64(next.scalar & 63)
        } else {
          pairs.insert(Self.key(last.scalar, next.scalar))
        }
        index += next.count
        last = next
      }
    }
    others = IntegerTable(capacity: pairs.count)
    for pair in pairs { others[pair] = 1 }
  }

  /// The end of the piece that starts at an index, which must be in the text.
  @inline(__always)
  func end(ofPieceAt start: Int, in text: Span<UInt8>) -> Int {
    var last = UTF8Sequence(text, at: start)
    var end = start + last.count
    while end < text.count {
      let next = UTF8Sequence(text, at: end)
      guard contains(last.scalar, next.scalar) else { break }
      end += next.count
      last = next
    }
    return end
  }

  @inline(__always)
  private func contains(_ first: UInt32, _ second: UInt32) -> Bool {
    if first < 0x80, second < 0x80 {
      return ascii[Int(first)][Int(second >> 6)] >> UInt64(second & 63) & 1 != 0
    }
    return others[Self.key(first, second)] != IntegerTable.none
  }

  @inline(__always)
  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }
}
