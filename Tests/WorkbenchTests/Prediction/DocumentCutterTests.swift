internal import CommandLineSupport
internal import Simulation
internal import Testing
internal import Workbench

@Suite("Cutting a document as a coordinator does")
struct DocumentCutterTests {
  private func cutter(_ tokens: Int, left: Int? = nil, paragraphAfter: Int? = nil) -> DocumentCutter {
    var boundaries = [UInt8](repeating: 0, count: tokens)
    if let paragraphAfter { boundaries[paragraphAfter - 1] = 2 }
    return DocumentCutter(boundaries: boundaries, sinkTokens: 24, left: left, contextTokens: 8192)
  }

  private func sizes(_ cutter: DocumentCutter, _ chunkTokens: Int?, lanes: Int) throws -> [Int] {
    try cutter.cut(chunkTokens, lanes: lanes).chunks.map(\.tokens)
  }

  @Test("Without a size chunks have 1,024 tokens, or as few as give every lane one")
  func usual() throws {
    #expect(try sizes(cutter(3000), nil, lanes: 1) == [1024, 1024, 952])
    #expect(try sizes(cutter(3000), nil, lanes: 4) == [750, 750, 750, 750])
    #expect(try cutter(3000).cut(nil, lanes: 4).chunkTokens == 750)
  }

  @Test("Chunks are not cut below 256 tokens for the lanes' sake")
  func fewest() throws {
    // 3,000 tokens are eleven times 256 and some more.
    let cut = try cutter(3000).cut(nil, lanes: 64)
    #expect(cut.chunks.map(\.tokens) == Array(repeating: 273, count: 8) + Array(repeating: 272, count: 3))
    #expect(cut.chunkTokens == 273)
  }

  @Test("A size that is asked for is taken, and every chunk but the first has a lead")
  func requested() throws {
    let cut = try cutter(1200, left: 100).cut(500, lanes: 64)
    #expect(cut.chunkTokens == 500)
    #expect(
      cut.chunks
        == [
          SimulatedChunk(tokens: 500), SimulatedChunk(tokens: 500, lead: 100),
          SimulatedChunk(tokens: 200, lead: 100),
        ]
    )
  }

  @Test("A chunk ends with a paragraph in its last tenth")
  func paragraphs() throws {
    #expect(try sizes(cutter(3000, paragraphAfter: 950), nil, lanes: 1) == [950, 1024, 1024, 2])
    #expect(try sizes(cutter(3000, paragraphAfter: 900), nil, lanes: 1) == [1024, 1024, 952])
  }

  @Test("Sizes that do not fit the model are bad input")
  func tooLarge() {
    let expected = CommandFailure(
      .badInput,
      "a chunk of 8169 tokens does not fit: the model's context of 8192 tokens less the sink's 24 leaves 8168"
    )
    #expect(throws: expected) { try cutter(9000).cut(8169, lanes: 1) }
    #expect(throws: Never.self) { try cutter(9000).cut(8168, lanes: 1) }
    let empty = CommandFailure(.badInput, "the document is empty: there is nothing to encode")
    #expect(throws: empty) { try cutter(0).cut(nil, lanes: 1) }
  }
}
