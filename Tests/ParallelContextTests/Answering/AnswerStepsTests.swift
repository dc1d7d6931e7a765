internal import ParallelContext
internal import Testing

/// Answers of a model whose logits depend on the tokens so far alone, with and without drafts.
@Suite struct AnswerStepsTests {
  private static let vocabulary = 32

  private struct Answer: Equatable {
    var tokens: [Int32] = []
    var stopped = false
  }

  private struct Outcome {
    var answer = Answer()
    var runs: [Int] = []
    var drafted = 0
    var accepted = 0
  }

  /// Logits after some tokens: any, but always the same.
  private func logits(after tokens: ArraySlice<Int32>) -> [Float] {
    // A few last tokens decide, so that answers repeat themselves.
    let seed = tokens.suffix(2).reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    var generator = SegmentFixture.Generator(state: seed &* 0x9e37_79b9_7f4a_7c15)
    return (0..<Self.vocabulary).map { _ in Float.random(in: -3...3, using: &generator) }
  }

  private func run(_ query: QueryEngine.Query, from text: [Int32]?, room: Int = .max) -> Outcome {
    var steps = AnswerSteps(query, vocabulary: Self.vocabulary, draftingFrom: text)
    var outcome = Outcome()
    var kept = query.tokens
    var room = room
    while !steps.isComplete {
      if steps.tokens > 0 {
        guard room > 0 else { break }
        steps.planRun(most: min(room, 8))
        outcome.runs.append(steps.run.count)
        kept += steps.run
        room -= steps.run.count
        steps.finishRun(seconds: 1 + 0.1 * Double(steps.run.count - 1))
      }
      var row = kept.count - max(1, steps.run.count)
      repeat {
        row += 1
        var values = logits(after: kept[..<row])
        guard let token = steps.choose(&values) else { break }
        outcome.answer.tokens.append(token)
      } while steps.isConfirmed && !steps.isComplete
      kept.removeLast(steps.rejected)
      room += steps.rejected
    }
    outcome.answer.stopped = steps.stopped
    (outcome.drafted, outcome.accepted) = (steps.drafted, steps.accepted)
    #expect(steps.tokens == outcome.answer.tokens.count)
    return outcome
  }

  private func query(
    _ maximum: Int,
    stop: Set<Int32> = [],
    temperature: Double = 0,
    penalties: LogitPenalties = .none
  ) -> QueryEngine.Query {
    QueryEngine.Query(
      tokens: [1, 2, 3],
      maximumTokens: maximum,
      stopTokens: stop,
      temperature: temperature,
      topP: 0.9,
      seed: 11,
      penalties: penalties
    )
  }

  @Test(arguments: [0, 0.3, 1.2]) func draftsChangeNoToken(temperature: Double) {
    for penalties in [LogitPenalties.none, .mild, LogitPenalties(frequency: 0.7, presence: 0.3)] {
      let query = query(80, temperature: temperature, penalties: penalties)
      let plain = run(query, from: nil)
      #expect(plain.answer.tokens.count == 80 && plain.drafted == 0 && plain.runs.allSatisfy { $0 == 1 })
      for text in [[], plain.answer.tokens, plain.answer.tokens.reversed()] {
        #expect(run(query, from: text).answer == plain.answer)
      }
    }
  }

  @Test func aTextThatHoldsTheAnswerSavesRuns() {
    let query = query(60, penalties: LogitPenalties(presence: 9))
    let plain = run(query, from: nil)
    let drafted = run(query, from: query.tokens + plain.answer.tokens)
    #expect(drafted.answer == plain.answer)
    #expect(drafted.runs.count * 2 < plain.runs.count)
    #expect(drafted.runs.count + drafted.accepted == plain.runs.count && drafted.accepted <= drafted.drafted)
  }

  @Test func aStopTokenInsideADraftEndsTheAnswer() {
    let plain = run(query(60, penalties: LogitPenalties(presence: 9)), from: nil)
    for index in 1..<16 {
      let query = query(60, stop: [plain.answer.tokens[index]], penalties: LogitPenalties(presence: 9))
      let alone = run(query, from: nil)
      let drafted = run(query, from: query.tokens + plain.answer.tokens)
      #expect(alone.answer.stopped && drafted.answer == alone.answer)
    }
  }

  @Test func noRunExceedsMaximumOrRoom() {
    let full = run(query(60), from: nil).answer.tokens
    for maximum in 0...12 {
      let outcome = run(query(maximum), from: [1, 2, 3] + full)
      #expect(outcome.answer.tokens == Array(full.prefix(maximum)))
      // The last token of an answer is not run.
      #expect(outcome.runs.reduce(0, +) - outcome.drafted + outcome.accepted == max(0, maximum - 1))
    }
    for room in 0...12 {
      let outcome = run(query(60), from: [1, 2, 3] + full, room: room)
      #expect(outcome.answer.tokens == Array(full.prefix(room + 1)))
    }
  }

  @Test func aTextThatNeverMatchesIsNeverDrafted() {
    // No pair of the answer comes twice.
    let query = query(20, penalties: LogitPenalties(presence: 99))
    let outcome = run(query, from: (1000..<1050).map(Int32.init))
    #expect(outcome.drafted == 0 && outcome.runs.count == 19)
  }
}
