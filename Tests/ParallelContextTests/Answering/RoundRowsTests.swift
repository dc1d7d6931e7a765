internal import ParallelContext
internal import Testing

/// The order and the rows of rounds, as values.
@Suite struct RoundRowsTests {
  @Test func aShortQuestionGoesBeforeALongOneThatCameALittleEarlier() {
    var order = QuestionOrder()
    order.add(1, rows: 2000)
    order.advance(rows: 100)
    order.add(2, rows: 40)
    #expect(order.ids == [2, 1])
    // What comes when most of the long one's time is over is behind it.
    order.advance(rows: 1880)
    order.add(3, rows: 40)
    #expect(order.ids == [2, 1, 3])
    order.remove(2)
    #expect(order.ids == [1, 3])
  }

  @Test func equalQuestionsKeepTheirOrder() {
    var order = QuestionOrder()
    for id in 0..<5 { order.add(id, rows: 32) }
    #expect(order.ids == [0, 1, 2, 3, 4])
  }

  @Test func slicesLeaveNoFewRows() {
    #expect(QuestionSlice.count(left: 500, most: 96) == 96)
    #expect(QuestionSlice.count(left: 127, most: 96) == 127)
    #expect(QuestionSlice.count(left: 128, most: 96) == 96)
    #expect(QuestionSlice.count(left: 1, most: 96) == 1)
    #expect(QuestionSlice.count(left: 100, most: 1) == QuestionSlice.fewest)
    for left in 1..<600 {
      var (rest, slices) = (left, [Int]())
      while rest > 0 {
        let rows = QuestionSlice.count(left: rest, most: 32)
        slices.append(rows)
        rest -= rows
      }
      #expect(rest == 0 && (slices.count == 1 || slices.allSatisfy { $0 >= QuestionSlice.fewest }))
    }
  }

  @Test func rowsOfAnswersAreFewWhereManyWait() {
    #expect([0, 1, 2, 3, 8, 16].map { RoundRows(answers: $0).answer } == [8, 8, 4, 2, 1, 1])
    for answers in 1...16 {
      let rows = RoundRows(answers: answers)
      // The last slice is begun below the limit, and may be longer than asked for.
      let most = answers * rows.answer + rows.questions - 1 + rows.slice + QuestionSlice.fewest - 1
      #expect(most <= RoundRows.most(answers: answers))
    }
  }

  @Test func fewAnswersHaveABlockOfTheirOwn() {
    func sizes(_ answers: Int, _ questions: Int, isPacked: Bool) -> [Int] {
      RowBlocks(answers: answers, questions: questions, isPacked: isPacked, most: 100).sizes
    }
    #expect(sizes(8, 50, isPacked: true) == [8, 50])
    #expect(sizes(9, 50, isPacked: true) == [59])
    #expect(sizes(20, 0, isPacked: false) == [8, 8, 4])
    #expect(sizes(3, 150, isPacked: false) == [3, 100, 50])
    #expect(sizes(3, 150, isPacked: true) == [3, 100, 50])
    #expect(sizes(0, 0, isPacked: true) == [])
    let whole = RowBlocks(
      answers: 2,
      questions: 40,
      wholes: [(300, 200), (5, 200)],
      isPacked: true,
      most: 100
    )
    #expect(whole.keepsBits)
    #expect(!RowBlocks(answers: 9, questions: 0, isPacked: false, most: 100).keepsBits)
    #expect(whole.sizes == [2, 40, 200, 100, 5])
  }
}
