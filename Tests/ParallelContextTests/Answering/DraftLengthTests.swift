internal import ParallelContext
internal import Testing

@Suite struct DraftLengthTests {
  /// Estimates that have seen rows of a given cost, a row by itself taking a second.
  private func length(cost: Double = 0.2) -> DraftLength {
    var length = DraftLength()
    for _ in 0..<40 {
      length.observe(rows: 1, seconds: 1)
      for rows in 2...5 { length.observe(rows: rows, seconds: 1 + Double(rows - 1) * cost) }
    }
    return length
  }

  @Test func nothingIsDraftedBeforeARowWasTimed() {
    var length = DraftLength()
    #expect(length.rows(match: 8, most: 8) == 1)
    length.observe(rows: 1, seconds: 0)
    length.observe(rows: 4, seconds: 1)
    #expect(length.rows(match: 8, most: 8) == 1)
    length.observe(rows: 1, seconds: 1)
    #expect(length.rows(match: 8, most: 8) > 1)
  }

  @Test func longerMatchesDraftMore() {
    let length = length()
    let rows = [2, 3, 4, 5, 8].map { length.rows(match: $0, most: 8) }
    #expect(rows == rows.sorted() && rows[0] == 2 && rows[4] > rows[0] && rows[4] <= DraftLength.mostRows)
  }

  @Test func dearRowsAreDraftedLess() {
    let rows = [0.05, 0.2, 0.5, 0.9].map { length(cost: $0).rows(match: 8, most: 8) }
    #expect(rows == rows.sorted(by: >) && rows.first == 8 && rows.last == 1)
    #expect(length(cost: 1.5).rows(match: 8, most: 8) == 1)
  }

  @Test func rightDraftsGrowAndWrongOnesEnd() {
    var length = length()
    for _ in 0..<60 { length.observe(match: 2, agrees: true) }
    #expect(length.rows(match: 2, most: 100) == DraftLength.mostRows)
    #expect(length.rows(match: 2, most: 3) == 3 && length.rows(match: 2, most: 1) == 1)
    for _ in 0..<60 { length.observe(match: 2, agrees: false) }
    #expect(length.rows(match: 2, most: 8) == 1)
    // Matches of other lengths are judged by themselves.
    #expect(length.rows(match: 8, most: 8) > 1)
  }

  @Test func aFewWrongDraftsAreEnough() {
    for match in 2...8 {
      var length = length()
      var extra = 0
      for _ in 0..<200 {
        extra += length.rows(match: match, most: 8) - 1
        length.observe(match: match, agrees: false)
      }
      // Together they cost less than fifteen rows by themselves.
      #expect(Double(extra) * 0.2 < 15)
    }
  }

  @Test func estimatesRecover() {
    var length = length()
    for _ in 0..<60 { length.observe(match: 3, agrees: false) }
    #expect(length.rows(match: 3, most: 8) == 1)
    for _ in 0..<6 { length.observe(match: 3, agrees: true) }
    #expect(length.rows(match: 3, most: 8) > 1)
    var busy = self.length(cost: 2)
    #expect(busy.rows(match: 8, most: 8) == 1)
    for _ in 0..<200 { busy.observe(rows: 1, seconds: 1) }
    #expect(busy.rows(match: 8, most: 8) > 1)
  }
}
