internal import Testing
internal import Tokenizers

/// A SentencePiece vocabulary: special tokens, the 256 bytes, and pieces with falling scores from id 266 on.
private func configuration(
  _ pieces: [String] = ["▁", "a", "b", "c", "ab", "▁a", "▁ab", "bc", "\n", "▁▁"]
) -> TokenizerConfiguration {
  let specials = [
    "<unk>", "<s>", "</s>", "<|user|>", "<end_of_turn>", "<b>", "  ", "<|x|>", "<tool>",
    "\u{2581}\u{2581}\u{2581}",
  ]
  let digits = Array("0123456789ABCDEF")
  let bytes = (0..<256).map { "<0x\(digits[$0 >> 4])\(digits[$0 & 15])>" }
  let types: [TokenizerConfiguration.TokenType] =
    [.unknown, .control, .control, .control, .control]
    + Array(repeating: .userDefined, count: 5) + Array(repeating: .byte, count: 256)
    + pieces.map { _ in .normal }
  return TokenizerConfiguration(
    sentencePieces: specials + bytes + pieces,
    tokenTypes: types,
    scores: Array(repeating: 0, count: 266) + pieces.indices.map { -Float($0) },
    beginToken: 1,
    endToken: 2
  )
}

private func tokenizer(_ change: (inout TokenizerConfiguration) -> Void = { _ in }) throws -> Tokenizer {
  var configuration = configuration()
  change(&configuration)
  return try Tokenizer(configuration)
}

private let a: Int32 = 267
private let ab: Int32 = 270
private let spaceAB: Int32 = 272
private let byte: Int32 = 10

@Suite struct SentencePieceTests {
  @Test func mergesByScore() throws {
    let plain = try tokenizer()
    // "ab" has the highest score of "ab" and "bc".
    #expect(plain.encode("abc") == [ab, 269])
    #expect(plain.encode("b ab") == [268, spaceAB])
    #expect(plain.encode("") == [])
    #expect(plain.vocabularySize == 276)
    #expect(plain.leadingTokens == [])
    #expect(try tokenizer { $0.addsBeginToken = true }.leadingTokens == [1])
  }

  @Test func equalScoresMergeFromTheLeft() throws {
    let text = "bcabcabab"
    let equal = try tokenizer { for index in 266..<276 { $0.scores[index] = 1 } }
    #expect(equal.decode(equal.encode(text)) == text)
    #expect(equal.encode("abc") == [ab, 269])
    #expect(equal.encode("bcab") == [273, ab])
  }

  @Test func spellsUnknownCharactersInBytes() throws {
    let plain = try tokenizer()
    #expect(plain.encode("aé") == [a, byte + 0xC3, byte + 0xA9])
    #expect(plain.encode("\0") == [byte])
    #expect(plain.decode([a, byte + 0xC3, byte + 0xA9]) == "aé")
    #expect(plain.bytes(of: byte + 0xC3) == [0xC3])
    var decoder = StreamDecoder(plain)
    #expect([byte + 0xE4, byte + 0xB8, byte + 0xAD].map { decoder.append($0) } == ["", "", "中"])
    #expect(decoder.append(byte + 0xE4) == "")
    #expect(decoder.finish() == "\u{FFFD}")
  }

  @Test func spellsASpaceThatIsNoToken() throws {
    let bare = try Tokenizer(configuration(["a"]))
    #expect(bare.encode("a a") == [266, byte + 0xE2, byte + 0x96, byte + 0x81, 266])
  }

  @Test func putsASpaceBeforeATextWhereAsked() throws {
    let prefix = try tokenizer { $0.addsSpacePrefix = true }
    #expect(prefix.encode("ab") == [spaceAB])
    #expect(prefix.encode("") == [])
    #expect(prefix.encode("<|user|>ab", special: .parse) == [3, spaceAB])
    #expect(prefix.encode("ab", continuing: true) == [ab])
    #expect(prefix.encode("ab<|user|>ab", special: .parse, continuing: true) == [ab, 3, spaceAB])
    #expect(prefix.decode([spaceAB, spaceAB]) == "ab ab")
    #expect(prefix.decode([1, spaceAB]) == "ab")
    #expect(prefix.decode([1, spaceAB], showingControl: true) == "<s> ab")
    #expect(prefix.bytes(of: spaceAB) == Array(" ab".utf8))
    #expect(prefix.decode(prefix.encode(" ab")) == " ab")
    var decoder = StreamDecoder(prefix)
    #expect([spaceAB, spaceAB].map { decoder.append($0) } == ["ab", " ab"])
    #expect(try tokenizer().decode([spaceAB]) == " ab")
  }

  @Test func removesExtraSpacesWhereAsked() throws {
    let single = try tokenizer {
      $0.addsSpacePrefix = true
      $0.removesExtraSpaces = true
      // Runs of spaces that are tokens would remain.
      for index in [6, 9] { $0.tokenTypes[index] = .unused }
    }
    #expect(single.encode("  ab    ab  ") == [spaceAB, spaceAB])
    #expect(single.encode("   ") == [])
    #expect(single.decode([266, spaceAB]) == "ab")
  }

  @Test func parsesControlTokensOnlyWhenAsked() throws {
    let plain = try tokenizer()
    #expect(plain.encode("<s>ab</s>", special: .parse) == [1, ab, 2])
    let text = plain.encode("<s>ab</s><|user|><end_of_turn>")
    #expect(text.allSatisfy { $0 > 9 })
    #expect(plain.decode(text) == "<s>ab</s><|user|><end_of_turn>")
    #expect(plain.isControl(1) && plain.isControl(0) && !plain.isControl(5))
    #expect(plain.stopTokens == [2, 4])
  }

  @Test func takesAddedTokensFromTextUnlessAChatUsesThem() throws {
    let plain = try tokenizer { $0.chatTemplate = "{{ '<tool>' }} <" }
    #expect(plain.encode("<b>ab") == [5, ab])
    #expect(plain.encode("ab  ab") == [ab, 6, ab])
    #expect(plain.encode("<|x|><tool>").allSatisfy { $0 > 9 })
    #expect(plain.encode("<|x|><tool>", special: .parse) == [7, 8])
    #expect(try tokenizer().encode("<tool>") == [8])
    // Spaces may be spelled as such or as U+2581, in the file and in text.
    #expect(plain.encode("a   a") == [a, 9, a])
    #expect(plain.encode("a\u{2581}\u{2581}a") == [a, 6, a])
  }

  @Test func stripsBehindSpecialTokensWhereAsked() throws {
    let phi = try tokenizer { $0.stripsAfterSpecialTokens = true }
    #expect(phi.encode("<|user|>\n ab<s> ab", special: .parse) == [3, ab, 1, spaceAB])
  }

  @Test func knowsBoundaries() throws {
    let plain = try tokenizer()
    let tokens = plain.encode("ab\nab\n\nab")
    #expect(tokens == [ab, 274, ab, 274, 274, ab])
    #expect(plain.boundaries(of: tokens) == [0, 1, 0, 1, 2, 0])
    // A line end in a byte token.
    #expect(plain.boundaries(of: [ab, byte + 10, byte + 10, ab]) == [0, 1, 2, 0])
  }

  @Test func refusesUnsoundVocabularies() {
    func message(_ change: (inout TokenizerConfiguration) -> Void) -> String {
      do {
        _ = try tokenizer(change)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message { _ in } == "")
    #expect(message { $0.scores = [] }.contains("scores of 0"))
    #expect(message { $0.scores.append(1) }.contains("scores of 277"))
    for score in [Float.nan, .infinity, -.infinity] {
      #expect(message { $0.scores[270] = score }.contains("score of token 270"))
    }
    #expect(message { $0.tokens[270] = "a" }.contains("tokens 267 and 270 are both spelled a"))
    #expect(message { $0.tokens[20] = "<0x00>" }.contains("both stand for byte 0"))
    #expect(message { $0.tokenTypes[20] = .unused }.contains("255 of the 256 bytes"))
    for spelling in ["", "0x0A", "<0x0G>", "<0x0A", "<0xéé>", "<0x+A>"] {
      #expect(message { $0.tokens[20] = spelling }.contains("is not spelled as <0x0A> is"), "\(spelling)")
    }
    #expect(message { $0.tokens[270] = String(repeating: "a", count: 513) }.contains("513 bytes"))
    #expect(message { $0.tokenTypes.removeLast() }.contains("kinds of 275"))
    #expect(
      message { configuration in
        for index in 0..<266 { configuration.tokenTypes[index] = .control }
      }.contains("0 of the 256 bytes, and no token for unknown text")
    )
    #expect(message { $0.unknownToken = 276 }.contains("unknown token 276 is outside"))
    #expect(message { $0.tokens[270] = "" } == "")
  }

  @Test func unknownTextIsOneToken() throws {
    let plain = try tokenizer { configuration in
      for index in 10..<266 { configuration.tokenTypes[index] = .control }
    }
    #expect(plain.encode("aéüb") == [a, 0, 268])
  }
}

@Suite(.serialized) struct SentencePieceSpeedTests {
  @Test(arguments: ["a", "ab", " ", "abc", "\n", "中", "é", " a", "ab ab bc\n"]) func staysNearLinear(
    unit: String
  ) throws {
    let tokenizer = try tokenizer()
    let text = String(repeating: unit, count: 2_000_000 / unit.utf8.count)
    let clock = ContinuousClock()
    var ids: [Int32] = []
    let time = clock.measure { ids = tokenizer.encode(text) }
    print("2 MB of \(unit.debugDescription) in SentencePiece: \(time)")
    #expect(tokenizer.decode(ids) == text)
    #expect(time < .seconds(10))
  }

  @Test func mergesAPieceOfMegabytes() throws {
    // Each two letters are neighbours in a token, so that the text cannot be cut.
    let pieces = ["a", "b", "aa", "ab", "ba", "bb", "aab", "abba", "babab"]
    let tokenizer = try Tokenizer(configuration(pieces))
    var state: UInt32 = 1
    let text = String(
      decoding: (0..<3_000_000).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return state >> 31 == 0 ? UInt8(ascii: "a") : UInt8(ascii: "b")
      },
      as: UTF8.self
    )
    let clock = ContinuousClock()
    var ids: [Int32] = []
    let time = clock.measure { ids = tokenizer.encode(text) }
    print("a SentencePiece piece of 3 MB: \(time)")
    #expect(tokenizer.decode(ids) == text)
    #expect(time < .seconds(20))
  }
}
