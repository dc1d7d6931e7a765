internal import ParallelContext
internal import Testing

/// The passes over a question, without a model.
@Suite struct QuestionPassTests {
  /// A ranking that has seen one row of scores.
  private func ranked(_ scores: [Float]) -> QuestionPass.Findings {
    var reduction = ScoreReduction(chunks: scores.count)
    scores.withUnsafeBufferPointer { scores in
      if let scores = scores.baseAddress { reduction.add(scores) }
    }
    return .chunks(reduction)
  }

  /// Inspected chunks of ten pages, of which the given pages have a score, all others next to none.
  private func inspected(_ chunks: [Int], sharp: [(chunk: Int, page: Int, score: Float)])
    -> QuestionPass.Findings
  {
    let pages = PassageFinder.pages(of: chunks.map { ($0, 640) })
    let scores = pages.map { page in
      sharp.first { $0.chunk == page.chunk && $0.page * 64 == page.tokens.lowerBound }?.score ?? 0.01
    }
    return .pages(PassageFinder(pages: pages, scores: scores))
  }

  private let best = Selection.focus(
    Focus(aim: .sketch, passageTokens: 128, otherwise: .perRow(.topFive, count: 2))
  )
  private let fast = Selection.focus(
    Focus(aim: .sketch, passageTokens: nil, otherwise: .perQuestion(count: 3))
  )

  @Test func whatChoosesRowByRowHasOnePass() {
    #expect(QuestionPass(.all, chunks: 9) == .answering(.all))
    #expect(QuestionPass(.perRow(.sketch, count: 2), chunks: 9) == .answering(.perRow(.sketch, count: 2)))
    #expect(
      QuestionPass(.perLayer(.topFive, count: 2), chunks: 9) == .answering(.perLayer(.topFive, count: 2))
    )
  }

  @Test(arguments: [1, 2]) func whereNothingIsLeftOutAllIsAttended(_ chunks: Int) {
    let selections: [Selection] = [
      .perRow(.mean, count: 2), .perLayer(.mean, count: 2), .perQuestion(.topFive, count: 2), best, fast,
    ]
    for selection in selections { #expect(QuestionPass(selection, chunks: chunks) == .answering(.all)) }
  }

  @Test func aRankingThatReadsNoKeysAttendsNoChunk() {
    #expect(QuestionPass(.perQuestion(.sketch, count: 2), chunks: 9) == .ranking(.sketch, attending: 0))
    #expect(QuestionPass(.perQuestion(.topFive, count: 2), chunks: 9) == .ranking(.topFive, attending: 2))
    #expect(QuestionPass(best, chunks: 9) == .ranking(.sketch, attending: 0))
  }

  @Test func oneChoiceForTheQuestionIsHeld() {
    let selection = Selection.perQuestion(.topFive, count: 2)
    let pass = QuestionPass(selection, chunks: 4)
    let next = pass.finished(ranked([0.1, 0.5, 0.2, 0.4]), selection: selection, chunks: 4)
    #expect(next == .answering(.held([1, 3])))
    #expect(next.isLast && !pass.isLast)
  }

  @Test func focusInspectsOneMoreThanAQuestionCanPointAtAndTheLast() {
    let pass = QuestionPass(best, chunks: 8)
    let scores: [Float] = [0.1, 0.9, 0.2, 0.8, 0.7, 0.6, 0.5, 0]
    #expect(pass.finished(ranked(scores), selection: best, chunks: 8) == .inspecting([1, 3, 4, 5, 7]))
  }

  @Test func fewChunksAreInspectedAtOnce() {
    #expect(QuestionPass(best, chunks: 5) == .inspecting([0, 1, 2, 3, 4]))
    #expect(QuestionPass(best, chunks: 6) == .ranking(.sketch, attending: 0))
  }

  @Test func whatAQuestionPointsAtIsReadAlone() {
    let findings = inspected([1, 3, 4], sharp: [(3, 5, 4.8), (1, 2, 2)])
    let next = QuestionPass.inspecting([1, 3, 4]).finished(findings, selection: best, chunks: 8)
    // The middle of page 5 is token 352.
    #expect(next == .answering(.focused([3], passages: [3: 288..<416])))
    let whole = QuestionPass.inspecting([1, 3, 4]).finished(findings, selection: fast, chunks: 8)
    #expect(whole == .answering(.focused([3], passages: [:])))
  }

  @Test func elseTheFallbackIsRead() {
    let chunks = [0, 2, 3, 4, 7]
    let scores: [(Int, Int, Float)] = [(0, 1, 4), (2, 1, 3.9), (3, 1, 3.8), (4, 1, 3.7), (7, 1, 3.6)]
    let findings = inspected(chunks, sharp: scores)
    let pass = QuestionPass.inspecting(chunks)
    #expect(
      pass.finished(findings, selection: best, chunks: 8) == .answering(.perRow(.topFive, count: 2))
    )
    // The end of the document is among them whatever its score.
    #expect(pass.finished(findings, selection: fast, chunks: 8) == .answering(.held([0, 2, 7])))
  }

  @Test func theLastPassGoesOn() {
    let pass = QuestionPass.answering(.held([1]))
    #expect(pass.finished(.nothing, selection: best, chunks: 8) == pass)
    #expect(pass.ranking == nil && QuestionPass.ranking(.mean, attending: 0).ranking == .mean)
  }
}
