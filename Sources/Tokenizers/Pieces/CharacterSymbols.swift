/// The symbols with which the merging of a vocabulary of characters begins: a character that is a token is that
/// token, and one that only occurs within tokens has a number behind theirs.
struct CharacterSymbols: Sendable {
  /// The symbols of the basic plane's characters, or -1.
  private var basicPlane = [Int32](repeating: -1, count: 0x10000)
  private var others: [UInt32: Int32] = [:]
  /// The characters that are no tokens, by symbol.
  private var bare: [UInt32] = []
  private let firstBare: Int32

  init(_ vocabulary: Vocabulary) {
    firstBare = Int32(vocabulary.count)
    for token in 0..<Int32(vocabulary.count) where vocabulary.isPiece(token) {
      let bytes = Array(vocabulary.bytes(of: token))
      let first = UTF8Sequence(bytes.span, at: 0)
      if first.count == bytes.count { set(first.scalar, token) }
    }
    for token in 0..<Int32(vocabulary.count) where vocabulary.isPiece(token) {
      let bytes = Array(vocabulary.bytes(of: token))
      var index = 0
      while index < bytes.count {
        let sequence = UTF8Sequence(bytes.span, at: index)
        index += sequence.count
        if symbol(of: sequence.scalar) == nil {
          set(sequence.scalar, firstBare + Int32(bare.count))
          bare.append(sequence.scalar)
        }
      }
    }
  }

  /// The symbol of a character; nil for one that occurs in no token.
  @inline(__always)
  func symbol(of scalar: UInt32) -> Int32? {
    if scalar < 0x10000 {
      let symbol = basicPlane[Int(scalar)]
      return symbol < 0 ? nil : symbol
    }
    return others[scalar]
  }

  /// The character of a symbol that is no token; nil for a token.
  @inline(__always)
  func bareCharacter(of symbol: Int32) -> UInt32? {
    symbol < firstBare ? nil : bare[Int(symbol - firstBare)]
  }

  private mutating func set(_ scalar: UInt32, _ symbol: Int32) {
    if scalar < 0x10000 { basicPlane[Int(scalar)] = symbol } else { others[scalar] = symbol }
  }
}
