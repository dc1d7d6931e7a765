internal import Evaluation
internal import Foundation
internal import GGUF
internal import ParallelContext
internal import Runtime
internal import SeededRandom
internal import TestSupport
internal import Testing
internal import Tokenizers
internal import Transformer

/// Needles, their places, and the scores of answers.
@Suite(.serialized) struct RetrievalTests {
  /// The boundaries of 1,000 tokens, with a line every 20 tokens.
  private static let boundaries = (1...1000).map { UInt8($0.isMultiple(of: 20) ? 1 : 0) }
  private static let chunks = [0..<256, 256..<512, 512..<768, 768..<1000]

  @Test(arguments: [0, 10, 25.5, 50, 75, 100])
  func aNeedleLiesInOneChunkNearItsDepth(percent: Double) throws {
    var placement = NeedlePlacement(chunks: Self.chunks, boundaries: Self.boundaries)
    let place = try placement.place(length: 30, depth: percent / 100)
    let chunk = Self.chunks[place.chunk]
    #expect(place.tokens.count == 30)
    #expect(chunk.contains(place.tokens.lowerBound) && chunk.contains(place.tokens.upperBound - 1))
    #expect(abs(Double(place.tokens.lowerBound) - 970 * percent / 100) <= 40)
    #expect(place.tokens.lowerBound.isMultiple(of: 20) || percent == 100)
  }

  @Test func needlesDoNotOverlapAndEndWhenThereIsNoRoom() throws {
    var placement = NeedlePlacement(chunks: Self.chunks, boundaries: Self.boundaries)
    for _ in 0..<4 { _ = try placement.place(length: 200, depth: 0.5) }
    for (index, tokens) in placement.taken.enumerated() {
      #expect(!placement.taken[..<index].contains { $0.overlaps(tokens) })
    }
    #expect(throws: ContextError.self) { _ = try placement.place(length: 200, depth: 0.5) }
    #expect(throws: ContextError.self) { _ = try placement.place(length: 257, depth: 0.5) }
  }

  @Test func aScoreIsTheShareOfTheValuesFound() {
    #expect(RetrievalProblem.score(" 1234567.", expected: ["1234567"]) == 1)
    #expect(RetrievalProblem.score("It is 123456", expected: ["1234567"]) == 0)
    #expect(RetrievalProblem.score("1, 3", expected: ["1", "2", "3", "4"]) == 0.5)
    #expect(RetrievalProblem.score("ABCD", expected: ["abcd"]) == 1)
    #expect(RetrievalProblem.score("x", expected: []) == 0)
  }

  @Test(arguments: RetrievalTask.allCases)
  func aProblemHidesWhatItAsksFor(_ task: RetrievalTask) throws {
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var again = SeededGenerator(seed: seed)
      let problem = task.problem(using: &random)
      #expect(problem == task.problem(using: &again))
      let asked = problem.needles.filter(\.isAsked).map(\.text).joined()
      let others = problem.needles.filter { !$0.isAsked }.map(\.text).joined()
      #expect(problem.needles.first?.isAsked == true)
      #expect(RetrievalProblem.score(asked, expected: problem.expected) == 1)
      #expect(RetrievalProblem.score(others, expected: problem.expected) == 0)
      #expect(problem.needles.count == (task == .single || task == .json ? 1 : RetrievalTask.needles))
      #expect(problem.expected.count == (task == .multiValue ? RetrievalTask.needles : 1))
    }
  }

  @Test func recallCountsTheChunksWithNeedles() throws {
    let found = try #require(RetrievalRow.selection(uses: [10, 5, 0, 5], rows: 10, gold: [0, 1]))
    #expect(found.recall == 0.75)
    #expect(found.top == 0.5)
    #expect(RetrievalRow.selection(uses: [10, 10], rows: 10, gold: [1]) == nil)
    #expect(RetrievalRow.selection(uses: [0, 0], rows: 0, gold: [1]) == nil)
  }

  /// In real text a real model finds a needle with full attention, and when all is one chunk. Of several
  /// chunks mostly the one with the needle is selected.
  @Test func aNeedleIsFound() throws {
    let file = try GGUFFile(path: TestFiles.model())
    let model = try Model(file: file, compute: .native, withHead: true, threads: 2)
    let tokenizer = try Tokenizer(TokenizerConfiguration(file))
    let coding = TextCoding(
      encode: { tokenizer.encode($0) },
      decode: { tokenizer.decode($0) },
      boundaries: { tokenizer.boundaries(of: $0) },
      tail: { tokenizer.encode("\n\n" + $0) + tokenizer.chatClosing },
      stopTokens: tokenizer.stopTokens
    )
    let contexts = EvaluationContexts(model: model, threads: 2, cacheBytes: 100 << 20)
    func evaluation(_ policies: [String], chunkTokens: Int) throws -> RetrievalEvaluation {
      RetrievalEvaluation(
        contexts: contexts,
        coding: coding,
        sink: tokenizer.chatOpening,
        configuration: .init(
          contexts: [1500],
          tasks: [.single],
          depths: [60],
          trials: 2,
          chunkTokens: chunkTokens,
          policies: try policies.map { try NamedMethod(parsing: $0) },
          seed: 0
        )
      )
    }
    let text = try Data(contentsOf: URL(filePath: TestFiles.document())).prefix(120_000).suffix(40_000)
    let document = tokenizer.encode(utf8: Array(text))
    let whole = ["full-attention", "placement=contiguous,select=none,damp=0"]
    let rows = try evaluation(whole, chunkTokens: 1500).run(document: document)
    #expect(rows.map(\.policy) == whole)
    for row in rows {
      #expect(row.accuracy == 1, "\(row)")
      #expect(row.trials == 2 && row.context == 1500 && row.depthPercent == 60 && row.chunks == 1)
      #expect(row.selectionRecall == nil)
    }
    let cut = try evaluation(["paper"], chunkTokens: 512)
    let row = try #require(try cut.run(document: document).first)
    #expect(row.chunks == 3)
    #expect(try #require(row.selectionRecall) > 0.5)
    #expect(throws: ContextError.self) { _ = try cut.run(document: Array(document.prefix(1499))) }
  }
}
