internal import ParallelContext
internal import Testing

/// The penalties of tokens that an answer already holds, computed by hand.
@Suite struct LogitPenaltiesTests {
  private func penalised(_ logits: [Float], _ answer: [Int32], _ penalties: LogitPenalties) -> [Float] {
    var tokens = PenalisedTokens(penalties, vocabulary: logits.count)
    for token in answer { tokens.append(token) }
    var logits = logits
    tokens.apply(to: &logits)
    return logits
  }

  @Test func withoutPenaltiesLogitsStayBitForBit() {
    let logits: [Float] = [0.1, -0.1, .nan, .infinity, -0.0]
    let same = penalised(logits, [0, 1, 2, 3, 4], .none)
    #expect(same.map(\.bitPattern) == logits.map(\.bitPattern))
  }

  @Test func repetitionDividesPositiveLogitsAndMultipliesNegativeOnes() {
    let found = penalised([4, -4, 4, 0], [0, 1, 0, 3], LogitPenalties(repetition: 2))
    // Once, however often the answer holds a token.
    #expect(found == [2, -8, 4, 0])
  }

  @Test func frequencyCountsEachTimeAndPresenceOnce() {
    let answer: [Int32] = [0, 1, 0, 0]
    #expect(penalised([4, -4, 1], answer, LogitPenalties(frequency: 0.5)) == [2.5, -4.5, 1])
    #expect(penalised([4, -4, 1], answer, LogitPenalties(presence: 0.5)) == [3.5, -4.5, 1])
    #expect(
      penalised([4, -4, 1], answer, LogitPenalties(frequency: -1, presence: 0.25)) == [6.75, -3.25, 1]
    )
    // After the division.
    #expect(
      penalised([4, -4, 1], answer, LogitPenalties(frequency: 1, presence: 2, repetition: 2)) == [-3, -11, 1]
    )
  }

  @Test func repetitionLooksAtTheLast64TokensAlone() {
    let penalties = LogitPenalties(frequency: 1, repetition: 2)
    let once: [Int32] = [0] + Array(repeating: 1, count: 63)
    #expect(penalised([8, 100, 8], once, penalties) == [3, -13, 8])
    // Frequency goes on counting what repetition has forgotten.
    #expect(penalised([8, 100, 8], once + [1], penalties) == [7, -14, 8])
    #expect(penalised([8, 100, 8], once + [1, 2], penalties) == [7, -14, 3])
    // A token in both what is forgotten and what is not.
    #expect(penalised([8, 100, 8], [0] + once + [0], penalties) == [1, -13, 8])
  }

  @Test func tokensOutsideTheVocabularyChangeNothing() {
    #expect(penalised([1, 2], [-1, 2, .max], LogitPenalties(presence: 1, repetition: 3)) == [1, 2])
  }

  @Test func aLoopEnds() {
    // Greedy choice between two tokens that are nearly as likely: without a penalty always the first.
    let logits: [Float] = [2, 1.9]
    for (penalties, expected) in [(LogitPenalties.none, [0, 0, 0]), (.mild, [0, 1, 0])]
      as [(LogitPenalties, [Int32])]
    {
      var tokens = PenalisedTokens(penalties, vocabulary: 2)
      var sampler = TokenSampler(temperature: 0, seed: 0)
      let answer = (0..<3).map { _ in
        var now = logits
        tokens.apply(to: &now)
        let token = sampler.choose(now)
        tokens.append(token)
        return token
      }
      #expect(answer == expected)
    }
  }

  @Test(
    arguments: [
      (20, 0, 1000, 20), (20, -5, 1000, 20), (20, 256, 100_000, 276), (20, .max, 100_000, 4000),
      (20, .max, 1000, 7000),
      (20, .max, 7000, 4000), (3900, .max, 100_000, 4156), (7900, .max, 100_000, 8000), (8000, .max, 0, 8000),
      (8000, 1, .max, 8000), (1, .max, .max, 4000),
    ]
  )
  func anAnswerHasWhatTheDocumentLeavesOrHalfTheContext(question: Int, extra: Int, document: Int, room: Int) {
    #expect(QueryEngine.room(question: question, extra: extra, document: document, most: 8000) == room)
  }
}
