internal import ParallelContext
internal import Testing

/// A chunk's score over many rows.
@Suite struct ScoreReductionTests {
  private func reduction(_ rows: [[Float]]) -> ScoreReduction {
    var reduction = ScoreReduction(chunks: rows.first?.count ?? 0)
    for row in rows {
      row.withUnsafeBufferPointer { if let row = $0.baseAddress { reduction.add(row) } }
    }
    return reduction
  }

  @Test func theFiveLargestCount() {
    let scores = reduction((1...7).map { [Float($0), 1] }).scores
    #expect(scores == [25, 5])
  }

  @Test func someChunksAreAddedAtTheirPlaces() {
    var all = reduction([[1, 2, 3, 4]])
    all.add(reduction([[10, 20], [30, 40]]), at: [3, 1])
    #expect(all.scores == [1, 62, 3, 44])
  }

  @Test func thePartOfAReductionIsWhatItGaveToTheScores() {
    let (one, other) = (reduction((0..<5).map { _ in [0.5, 0] }), reduction([[0.9, 0.2], [0.1, 0]]))
    var all = one
    all.add(other)
    // Of the first chunk 0.9 and four of 0.5 count; the fifth is their equal.
    #expect(abs(other.part(of: all) - 1.1) < 1e-6)
    #expect(one.part(of: all) == 2.5)
    #expect(ScoreReduction(chunks: 0).part(of: ScoreReduction(chunks: 0)) == 0)
  }
}
