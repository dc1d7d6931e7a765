/// The bytes of all tokens, and the token of each spelling.
struct Vocabulary: Sendable {
  private let arena: [UInt8]
  private let starts: [Int]
  let types: [TokenizerConfiguration.TokenType]
  /// Open addressing over the hash of a token's bytes; -1 is an empty slot.
  private var slots: [Int32]
  /// The token of each single byte, or -1.
  private(set) var tokenOfByte = [Int32](repeating: -1, count: 256)
  /// True if each byte has a token.
  private(set) var spellsBytes = true
  /// The token for text that the vocabulary cannot spell.
  let unknownToken: Int32?

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
    var pieces: [Int32] = []
    pieces.reserveCapacity(tokens.count)
    let isSentencePiece = configuration.kind == .sentencePiece
    for (index, token) in tokens.enumerated() {
      let type = self.types[index]
      let spelling =
        isSentencePiece
        ? try TokenSpelling(sentencePiece: token, type) : TokenSpelling(byteLevel: token, type)
      guard !isSentencePiece || !spelling.isPiece || spelling.bytes.count <= Self.longestPiece else {
        throw TokenizerError(
          .malformed,
          "token \(index) has \(spelling.bytes.count) bytes, more than \(Self.longestPiece)"
        )
      }
      arena.append(contentsOf: spelling.bytes)
      if spelling.isPiece { pieces.append(Int32(index)) }
      starts.append(arena.count)
    }
    self.arena = arena
    self.starts = starts
    var capacity = 1024
    while capacity < 2 * tokens.count { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
    unknownToken = configuration.unknownToken ?? self.types.firstIndex(of: .unknown).map { Int32($0) }
    for token in pieces {
      let other = insert(token)
      // Of two byte-level tokens of one spelling the first counts.
      guard let other, isSentencePiece else { continue }
      throw TokenizerError(.malformed, "tokens \(other) and \(token) are both spelled \(tokens[Int(token)])")
    }
    if isSentencePiece {
      try readByteTokens()
    } else {
      for byte in UInt8.min...UInt8.max { tokenOfByte[Int(byte)] = find([byte].span) ?? -1 }
    }
  }

  /// Finds the byte tokens: all, or none if there is a token for unknown text.
  private mutating func readByteTokens() throws(TokenizerError) {
    var found = 0
    for (token, type) in types.enumerated() where type == .byte {
      let byte = Int(arena[starts[token]])
      guard tokenOfByte[byte] < 0 else {
        throw TokenizerError(
          .malformed,
          "tokens \(tokenOfByte[byte]) and \(token) both stand for byte \(byte)"
        )
      }
      tokenOfByte[byte] = Int32(token)
      found += 1
    }
    guard found == 256 || found == 0 && unknownToken != nil else {
      let advice = found > 0 ? "" : ", and no token for unknown text"
      throw TokenizerError(
        .missing,
        "the vocabulary has tokens for \(found) of the 256 bytes\(advice): text could not be spelled"
      )
    }
    spellsBytes = found == 256
  }

  /// A longer token than this of a vocabulary of characters is an error: the time to derive its merges grows with
  /// the square of its length.
  private static let longestPiece = 512

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

  /// True for a token that merging may make.
  func isPiece(_ token: Int32) -> Bool {
    guard token >= 0, Int(token) < count, types[Int(token)] == .normal else { return false }
    return find(bytes(of: token).span) == token
  }

  /// Adds a token, or returns one of the same spelling that is there.
  private mutating func insert(_ token: Int32) -> Int32? {
    let bytes = Array(bytes(of: token))
    if let other = find(bytes.span) { return other }
    var slot = hash(bytes.span)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = token
    return nil
  }

  private func hash(_ bytes: Span<UInt8>) -> Int {
    // FNV-1a, its high bits folded in.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
  }
}
