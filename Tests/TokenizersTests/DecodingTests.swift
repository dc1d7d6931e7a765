internal import Foundation
internal import Testing
internal import Tokenizers

@Suite struct UTF8RepairTests {
  /// Pairs made with Python's `bytes.decode("utf-8", errors="replace")`.
  @Test(
    arguments: [
      ([0x61, 0xFF, 0x62], "a\u{FFFD}b", 1),
      ([0xE2, 0x82], "\u{FFFD}", 1),
      ([0xE2, 0x82, 0x41], "\u{FFFD}A", 1),
      ([0xC0, 0x80], "\u{FFFD}\u{FFFD}", 2),
      ([0xE0, 0x80, 0xAF], "\u{FFFD}\u{FFFD}\u{FFFD}", 3),
      ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}", 3),
      ([0xF0, 0x9F, 0x98, 0x20], "\u{FFFD} ", 1),
      ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", 4),
      ([0xE4, 0xB8, 0xE4, 0xB8, 0xAD], "\u{FFFD}中", 1),
      ([0xF0, 0x9F, 0x98, 0x80], "😀", 0),
      ([], "", 0),
    ] as [([UInt8], String, Int)]
  )
  func replacesMaximalSubparts(bytes: [UInt8], text: String, replacements: Int) {
    let repaired = UTF8Repair.repaired(bytes)
    #expect(repaired.text == Array(text.utf8))
    #expect(repaired.replacements == replacements)
  }

  @Test func agreesWithTheStandardLibraryOnRandomBytes() {
    var random = SystemRandomNumberGenerator()
    let likely: [UInt8] = [0x41, 0x80, 0xBF, 0xC2, 0xE0, 0xA0, 0xED, 0x9F, 0xF0, 0x90, 0xF4, 0x8F, 0xFF]
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        likely.randomElement(using: &random) ?? 0
      }
      #expect(
        UTF8Repair.repaired(bytes).text == Array(String(decoding: bytes, as: UTF8.self).utf8),
        "\(bytes)"
      )
    }
  }
}

@Suite struct StreamDecoderTests {
  @Test func neverEmitsHalfACharacter() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let text = "naïve 中文分词 😀👩‍👩‍👧 क्षि fin"
    var decoder = StreamDecoder(tokenizer)
    var parts: [String] = []
    for id in tokenizer.encode(text) { parts.append(decoder.append(id)) }
    #expect(decoder.finish() == "")
    #expect(parts.joined() == text)
    #expect(!parts.contains { $0.contains("\u{FFFD}") })
    #expect(parts.contains(""))
  }

  @Test func agreesWithDecodeOnAnyTokens() throws {
    let tokenizer = try TestModel.tokenizer.get()
    // Bytes that do not fit together are likely among the first tokens, which are single bytes.
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let ids = (0..<30).map { _ in Int32.random(in: 0..<300, using: &random) }
      for showing in [false, true] {
        var decoder = StreamDecoder(tokenizer, showingControl: showing)
        let streamed = ids.map { decoder.append($0) }.joined() + decoder.finish()
        #expect(streamed.utf8.elementsEqual(tokenizer.decode(ids, showingControl: showing).utf8), "\(ids)")
      }
    }
  }

  @Test func reportsAnUnfinishedCharacter() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let ids = tokenizer.encode("\u{1FAE8}")
    #expect(ids.count > 1)
    var decoder = StreamDecoder(tokenizer)
    #expect(ids.dropLast().map { decoder.append($0) }.joined() == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.finish() == "")
  }

  @Test func passesOverControlTokens() throws {
    let tokenizer = try TestModel.tokenizer.get()
    var decoder = StreamDecoder(tokenizer)
    #expect(tokenizer.encode("<|im_end|>", special: .parse) == [2])
    #expect(decoder.append(2) == "")
    var showing = StreamDecoder(tokenizer, showingControl: true)
    #expect(showing.append(2) == "<|im_end|>")
    #expect(tokenizer.stopTokens == [0, 2])
  }
}
