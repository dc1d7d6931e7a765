internal import Benchmarks
internal import CommandLineSupport
internal import KVFormat
internal import ParallelContext
internal import Testing
internal import Workbench

@Suite("Texts of a scaling benchmark")
struct ScalingTextsTests {
  /// Every byte is a token, and " the" is one too.
  private static let coding = ScalingTexts.Coding(
    encode: { bytes in
      let the = Array(" the".utf8)
      var (tokens, index): ([Int32], Int) = ([], 0)
      while index < bytes.count {
        let isThe = bytes[index...].starts(with: the)
        tokens.append(isThe ? 1000 : Int32(bytes[index]))
        index += isThe ? the.count : 1
      }
      return tokens
    },
    decode: { tokens in
      let bytes = tokens.flatMap { $0 == 1000 ? Array(" the".utf8) : [UInt8(truncatingIfNeeded: $0)] }
      return String(decoding: bytes, as: UTF8.self)
    },
    boundaries: { $0.map { $0 == Int32(UInt8(ascii: "\n")) ? 1 : 0 } }
  )

  private func texts(
    _ text: String?,
    tokens: Int? = nil,
    chunkTokens: Int = 4,
    leftTokens: Int = 0,
    contextLength: Int = 100
  ) throws -> ScalingTexts {
    try ScalingTexts(
      ScalingRequest(
        model: ModelChoice(path: "/m.gguf", compute: .auto, threads: 1),
        workers: [1],
        tokens: tokens,
        document: text.map { .init(name: "a", bytes: Array($0.utf8)) },
        chunkTokens: chunkTokens,
        leftTokens: leftTokens
      ),
      sink: [7, 8],
      contextLength: contextLength,
      coding: Self.coding
    )
  }

  @Test("A run takes the document's beginning, cut into chunks of the size that is asked for")
  func beginning() throws {
    let texts = try texts("abcdefghijkl", leftTokens: 2)
    #expect(texts.availableTokens == 12)
    let document = try texts.document(tokens: 10)
    #expect(document.bytes == Array("abcdefghij".utf8))
    #expect(document.chunks.map { $0.map { UInt8($0) } } == ["abcd", "efgh", "ij"].map { Array($0.utf8) })
    #expect(document.leads.map { $0.map { UInt8($0) } } == ["", "cd", "gh"].map { Array($0.utf8) })
    #expect(document.rows == [4, 6, 4])
    #expect(document.plan.sinkTokens == [7, 8])
  }

  @Test("Where a cut would be read as other tokens, the last ones give way to words")
  func cutWithinACharacter() throws {
    // Half of the second character would be read as three bytes.
    let document = try texts("a\u{E9}bc").document(tokens: 2)
    #expect(document.bytes == Array("a the".utf8))
    #expect(document.tokens == [97, 1000])
  }

  @Test("A document that is too short is refused")
  func tooShort() throws {
    let texts = try texts("abcde")
    let expected = CommandFailure(
      .badInput,
      "The document has 5 tokens and 1,000 are needed: give a longer one, or fewer --tokens."
    )
    #expect(throws: expected) { try texts.document(tokens: 1000) }
    #expect(try texts.document(tokens: 5).tokens.count == 5)
  }

  @Test("Chunks that do not fit the model are refused before anything is read")
  func tooLarge() throws {
    _ = try texts("abc", chunkTokens: 15, leftTokens: 3, contextLength: 20)
    let expected = CommandFailure(
      .badInput,
      "A chunk of 16 tokens, --chunk-tokens, and the 3 before it, --left, do not fit: the model's context of 20 tokens "
        + "less the sink's 2 leaves 18."
    )
    #expect(throws: expected) { try texts("abc", chunkTokens: 16, leftTokens: 3, contextLength: 20) }
  }

  @Test("Without a document there is made-up text, of whole paragraphs")
  func madeUp() throws {
    var text = BenchmarkText()
    let paragraph = Self.coding.encode(Array(text.paragraph().utf8))
    let texts = try texts(nil, tokens: paragraph.count)
    #expect(texts.availableTokens == paragraph.count)
    #expect(try texts.document(tokens: paragraph.count).tokens == paragraph)
  }
}
