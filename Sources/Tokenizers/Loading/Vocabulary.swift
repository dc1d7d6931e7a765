/// The bytes of all tokens, and the token of each spelling.
struct Vocabulary: Sendable {
  private let arena: [UInt8]
  private let starts: [Int]
  let types: [TokenizerConfiguration.TokenType]
  /// Open addressing over the hash of a token's bytes; -1 is an empty slot.
  private var slots: [Int32]
  /// The token of each single byte, or -1.
  private(set) var tokenOfByte = [Int32](repeating: -1, count: 256)

  var count: Int { types.count }

  init(_ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let tokens = configuration.tokens
    guard !tokens.isEmpty, tokens.count < 1 << 30 else {
      throw TokenizerError(.malformed, "a vocabulary of \(tokens.count) tokens cannot be used")
    }
    let types = configuration.tokenTypes
    guard types.isEmpty || types.count == tokens.count else {
      throw TokenizerError(
        .malformed,
        "the vocabulary has \(tokens.count) tokens, but the kinds of \(types.count) are given"
      )
    }
    self.types = types.isEmpty ? Array(repeating: .normal, count: tokens.count) : types
    var arena: [UInt8] = []
    var starts = [0]
    starts.reserveCapacity(tokens.count + 1)
    var spelled: [Int32] = []
    spelled.reserveCapacity(tokens.count)
    for (index, token) in tokens.enumerated() {
      if Self.isSpecial(self.types[index]) {
        arena.append(contentsOf: token.utf8)
      } else if let bytes = ByteAlphabet.bytes(of: token) {
        arena.append(contentsOf: bytes)
        if !bytes.isEmpty { spelled.append(Int32(index)) }
      } else {
        arena.append(contentsOf: token.utf8)
      }
      starts.append(arena.count)
    }
    self.arena = arena
    self.starts = starts
    var capacity = 1024
    while capacity < 2 * tokens.count { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
    for token in spelled { insert(token) }
    for byte in UInt8.min...UInt8.max {
      tokenOfByte[Int(byte)] = find([byte].span) ?? -1
    }
  }

  /// True if tokens of a kind are recognised in text as a whole, and not put together by merges.
  static func isSpecial(_ type: TokenizerConfiguration.TokenType) -> Bool {
    type == .control || type == .userDefined || type == .unknown
  }

  /// The bytes of a token; none for an id outside the vocabulary.
  func bytes(of token: Int32) -> ArraySlice<UInt8> {
    guard token >= 0, Int(token) < count else { return [] }
    return arena[starts[Int(token)]..<starts[Int(token) + 1]]
  }

  /// The token spelled by the bytes, other than a special one; nil for none.
  func find(_ bytes: Span<UInt8>) -> Int32? {
    var slot = hash(bytes)
    while slots[slot] >= 0 {
      let token = slots[slot]
      let start = starts[Int(token)]
      if starts[Int(token) + 1] - start == bytes.count {
        var index = 0
        while index < bytes.count, arena[start + index] == bytes[index] { index += 1 }
        if index == bytes.count { return token }
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private mutating func insert(_ token: Int32) {
    let bytes = Array(bytes(of: token))
    // Of two tokens of one spelling the first counts.
    guard find(bytes.span) == nil else { return }
    var slot = hash(bytes.span)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = token
  }

  private func hash(_ bytes: Span<UInt8>) -> Int {
    // FNV-1a, its high bits folded in.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
  }
}
