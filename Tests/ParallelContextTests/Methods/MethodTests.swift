internal import ParallelContext
internal import Testing

/// The encodings that methods demand of a document.
@Suite struct MethodTests {
  private func refusal(_ text: String, _ encoded: ChunkEncoding) throws -> String? {
    let asked = try NamedMethod(parsing: text)
    return asked.method.refusal(ofDocument: encoded, name: asked.name)
  }

  @Test(arguments: [ChunkEncoding.plain, ChunkEncoding(hasSink: false), ChunkEncoding(sight: .left(64))])
  func aReadingAloneTakesADocumentHoweverItWasEncoded(_ encoded: ChunkEncoding) throws {
    for text in ["best", "fast", "zebra", "dga", "adaptive-heads", "damp=0.1", "full-attention"] {
      #expect(try refusal(text, encoded) == nil)
    }
  }

  @Test(
    arguments: [
      ("paper", ChunkEncoding.plain), ("lego-link", .plain), ("naive", ChunkEncoding(hasSink: false)),
      ("best,left=64", ChunkEncoding(sight: .left(64))), ("star", ChunkEncoding(sight: .anchor(nil))),
    ]
  )
  func whatADocumentWasEncodedForIsTaken(_ text: String, _ encoded: ChunkEncoding) throws {
    #expect(try refusal(text, encoded) == nil)
  }

  @Test(
    arguments: [
      ("paper", ChunkEncoding(sight: .left(64)), "`braid encode DOCUMENT`"),
      ("lego-link", ChunkEncoding(sight: .left(64)), "`braid encode DOCUMENT`"),
      ("sink", ChunkEncoding(hasSink: false), "behind a sink alone"),
      ("naive", .plain, "`braid encode --sink none DOCUMENT`"),
      ("best,left=64", .plain, "`braid encode --left 64 DOCUMENT`"),
      ("fast,left=9,sink=none", .plain, "`braid encode --sink none --left 9 DOCUMENT`"),
      ("star", .plain, "`braid encode --anchor chunk DOCUMENT`"),
      ("star,anchor=100", ChunkEncoding(sight: .anchor(nil)), "`braid encode --anchor 100 DOCUMENT`"),
    ]
  )
  func anyOtherIsRefusedWithTheWayToEncodeIt(
    _ text: String,
    _ encoded: ChunkEncoding,
    _ words: String
  ) throws {
    let refusal = try #require(try refusal(text, encoded))
    #expect(refusal.hasPrefix(text) && refusal.contains(words), "\(refusal)")
  }

  @Test func theEncodingOfAPlanIsThatOfItsSinkAndLead() throws {
    func encoding(sink: [Int32], left: Int?) throws -> ChunkEncoding {
      ChunkEncoding(
        try ContextPlan(
          boundaries: [UInt8](repeating: 0, count: 100),
          requestedTokens: 40,
          usualTokens: 40,
          lead: Lead(left: left),
          lanes: 1,
          sinkTokens: sink,
          contextLength: 1000
        )
      )
    }
    #expect(try encoding(sink: [1], left: nil) == .plain)
    #expect(try encoding(sink: [], left: 8) == ChunkEncoding(hasSink: false, sight: .left(8)))
  }
}
