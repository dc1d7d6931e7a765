internal import Testing
internal import Tokenizers

@Suite struct BoundariesTests {
  /// A vocabulary whose tokens are the given texts.
  private func boundaries(_ texts: [String]) throws -> [UInt8] {
    let alphabet: [Character: String] = [" ": "Ġ", "\n": "Ċ", "\r\n": "čĊ", "\t": "ĉ"]
    let spelled = texts.map { text in text.map { alphabet[$0] ?? String($0) }.joined() }
    let tokenizer = try Tokenizer(TokenizerConfiguration(tokens: spelled, merges: [], preTokenizer: "gpt-2"))
    return tokenizer.boundaries(of: texts.indices.map { Int32($0) })
  }

  @Test func findsLinesAndParagraphs() throws {
    #expect(try boundaries(["one", "\n", "two", "\n\n", "three"]) == [0, 1, 0, 2, 0])
    #expect(try boundaries(["one", " two", "."]) == [0, 0, 0])
  }

  @Test func waitsForTheLastBlankLine() throws {
    #expect(try boundaries(["one", "\n", "\n", "\n", "two"]) == [0, 1, 1, 2, 0])
    #expect(try boundaries(["one", "\n\n", " ", "\n", "two"]) == [0, 1, 0, 2, 0])
    #expect(try boundaries(["one", "\n\n", "  ", "two"]) == [0, 2, 0, 0])
    #expect(try boundaries(["one", "\n\n"]) == [0, 2])
  }

  @Test func takesIndentationAlong() throws {
    #expect(try boundaries(["one", "\n  \n  ", " two", "\n   ", "three"]) == [0, 2, 0, 1, 0])
  }

  @Test func knowsCarriageReturns() throws {
    #expect(
      try boundaries(["one", "\r\n", "two", "\r\n\r\n", "three", "\r\n", "\t\r\n", "four"])
        == [0, 1, 0, 2, 0, 1, 2, 0]
    )
  }

  @Test func countsWhatComesAfterTheToken() throws {
    #expect(try boundaries(["a\n\nb", "\nc", "d.\n\n"]) == [0, 0, 2])
  }

  @Test func findsParagraphsInTheDocument() throws {
    let tokenizer = try TestModel.tokenizer.get()
    let document = try TestModel.document()
    let ids = tokenizer.encode(utf8: document)
    let strengths = tokenizer.boundaries(of: ids)
    #expect(strengths.count == ids.count)
    #expect(strengths.count { $0 == 2 } > 1000)
    #expect(strengths.count { $0 == 1 } > 1000)
  }
}
