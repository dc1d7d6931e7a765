internal import APITypes
internal import GGUF
internal import ParallelContext
internal import Runtime
internal import TestSupport
internal import Testing
internal import Tokenizers

@Suite struct AnswerExplanationTests {
  private typealias Layer = QueryStatistics.Layer

  /// A layer of two rows: its masses are those of both together.
  private func layer(chunks: [Float], sink: Float = 0, tail: Float = 0, rest: Float = 0) -> Layer {
    var layer = Layer(chunks: chunks.count)
    for _ in 0..<2 { layer.addRow(entropy: 0, isLocal: false) }
    for (chunk, mass) in chunks.enumerated() where mass > 0 { layer.addMass(mass, to: .chunk(chunk)) }
    layer.addMass(sink, to: .sink)
    layer.addMass(tail, to: .tail)
    layer.addMass(rest, to: .rest)
    return layer
  }

  private func explanation(_ layers: [Layer], chunks: [Range<Int>]) -> AnswerExplanation {
    var statistics = QueryStatistics(layers: layers.count, chunks: chunks.count)
    for (index, layer) in layers.enumerated() { statistics.add(layer, layer: index) }
    return AnswerExplanation(statistics, chunks: chunks) { "text of \($0.lowerBound)" }
  }

  @Test func sharesAreMeansOfRowsAndTheMostAttendedComeFirst() {
    let chunks = (0..<6).map { $0 * 100..<$0 * 100 + 100 }
    let found = explanation(
      [
        layer(chunks: [0.125, 0, 0.5, 0.125, 0.0625, 0.25], sink: 0.5, tail: 0.375, rest: 0.0625),
        layer(chunks: [0, 1.5, 0, 0, 0, 0], sink: 0.5),
      ],
      chunks: chunks
    )
    #expect(found.layers.map(\.layer) == [0, 1])
    #expect(found.layers[0].sink == 0.25 && found.layers[0].tail == 0.1875)
    #expect(found.layers[0].rest == 0.03125)
    // Of chunks with as much as each other the earlier comes first; the fifth is left out.
    #expect(found.layers[0].chunks.map(\.chunk) == [2, 5, 0, 3])
    #expect(found.layers[0].chunks.map(\.share) == [0.25, 0.125, 0.0625, 0.0625])
    #expect(found.layers[0].chunks.allSatisfy { $0.used == 0.5 })
    #expect(found.layers[1].chunks == [AnswerExplanation.Chunk(chunk: 1, share: 0.75, used: 0.5)])
    #expect(found.passages.map(\.chunk) == [1, 2, 5, 0])
    #expect(
      found.passages[0]
        == AnswerExplanation.Passage(
          chunk: 1,
          firstToken: 100,
          lastToken: 199,
          share: 0.375,
          text: "text of 100"
        )
    )
  }

  @Test func ofAChunkThatWasNotReadWholeThePassageIsNamed() {
    var statistics = QueryStatistics(layers: 1, chunks: 2)
    statistics.add(layer(chunks: [0.5, 1]), layer: 0)
    statistics.passages = [1: 20..<40]
    let found = AnswerExplanation(statistics, chunks: [0..<100, 100..<200]) { "text of \($0)" }
    #expect(found.passages.map(\.firstToken) == [120, 0])
    #expect(found.passages.map(\.lastToken) == [139, 99])
    #expect(found.passages[0].text == "text of 120..<140")
  }

  @Test func oneChunkOrNoRowsAreNoTrouble() {
    let one = explanation([layer(chunks: [1], sink: 1)], chunks: [0..<7])
    #expect(one.layers[0].chunks.map(\.share) == [0.5])
    #expect(one.passages.map(\.lastToken) == [6])
    let none = explanation([Layer(chunks: 1)], chunks: [0..<7])
    #expect(none.layers[0].chunks.isEmpty && none.layers[0].sink == 0 && none.passages.isEmpty)
  }

  @Test func anExcerptHasWholeCharactersAndAtMostSoMany() throws {
    let tokenizer = try Tokenizer(TokenizerConfiguration(GGUFFile(path: TestFiles.model())))
    let text = "𓀀𓀁 and so on"
    let tokens = tokenizer.encode(utf8: Array(text.utf8))
    // Each of these characters has several tokens, so that every cut within them leaves a half.
    try #require(tokenizer.bytes(of: tokens[0]).count < 4)
    for start in tokens.indices {
      for end in start...tokens.count {
        let excerpt = AnswerExplanation.excerpt(tokens[start..<end], tokenizer)
        #expect(text.contains(excerpt) || excerpt.isEmpty, "\(start)..<\(end): \(excerpt)")
      }
    }
    #expect(AnswerExplanation.excerpt(tokens[...], tokenizer) == text)
    for character in ["a ", "中", "𓀀"] {
      let long = tokenizer.encode(utf8: Array(String(repeating: character, count: 1000).utf8))
      let excerpt = AnswerExplanation.excerpt(long[...], tokenizer)
      #expect(excerpt.count == AnswerExplanation.longestText)
      #expect(String(repeating: character, count: 200).hasPrefix(excerpt))
    }
  }
}
