/// The pairs of neighbouring characters within the tokens of a vocabulary.
///
/// What merging makes is a token, so no merge joins two characters that are neighbours in no token. Text can be
/// cut between them, and its pieces be merged one by one, with the same result as for the whole text.
struct CharacterPairs: Sendable {
  /// For each first character of ASCII a bit for each second one.
  private var ascii = [SIMD2<UInt64>](repeating: .zero, count: 128)
  /// The other pairs, by open addressing; 0 is an empty slot.
  private var slots: [UInt64]
  private let shift: UInt64

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
    var bits: UInt64 = 4
    while 1 << bits < 2 * pairs.count { bits += 1 }
    shift = 64 - bits
    slots = Array(repeating: 0, count: 1 << Int(bits))
    for pair in pairs {
      var slot = slot(pair)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = pair
    }
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
    let key = Self.key(first, second)
    var slot = slot(key)
    while slots[slot] != 0 {
      if slots[slot] == key { return true }
      slot = (slot + 1) & (slots.count - 1)
    }
    return false
  }

  /// A pair that is not of ASCII alone is not 0.
  @inline(__always)
  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift) }
}
