internal import ParallelContext
internal import Testing

/// The choice of the best chunks.
@Suite struct ChunkChoiceTests {
  private func selected(_ scores: [Float], count: Int) -> [Int] {
    var choice = ChunkChoice(kvHeads: 2, rows: 3, count: count)
    scores.withUnsafeBufferPointer { scores in
      guard let base = scores.baseAddress else { return }
      choice.select(base, chunks: scores.count, head: 1, row: 2)
    }
    #expect(choice.chunk(head: 0, row: 2, rank: 0) == nil)
    #expect(choice.chunk(head: 1, row: 1, rank: 0) == nil)
    let chunks = (0..<count).compactMap { choice.chunk(head: 1, row: 2, rank: $0) }
    for chunk in scores.indices {
      #expect(choice.contains(chunk, head: 1, row: 2) == chunks.contains(chunk))
    }
    return chunks
  }

  private func reduced(_ rows: [[Float]], count: Int) -> [Int] {
    var reduction = ScoreReduction(chunks: rows[0].count)
    for row in rows { row.withUnsafeBufferPointer { $0.baseAddress.map { reduction.add($0) } } }
    return reduction.best(count)
  }

  @Test(
    arguments: [
      ([1, 1, 1, 1], 2, [0, 1]), ([1, 2, 2, 2], 2, [1, 2]), ([3, 1, 3, 3, 5], 3, [0, 2, 4]),
      ([0, -1, 0], 1, [0]), ([1, 2, 3], 3, [0, 1, 2]), ([2, 1], 4, [0, 1]), ([7], 1, [0]),
      ([-.infinity, -.infinity, 1, -.infinity], 2, [0, 2]), ([-.infinity, -.infinity], 1, [0]),
    ] as [([Float], Int, [Int])]
  )
  func theEarlierOfEqualsWins(_ scores: [Float], _ count: Int, _ expected: [Int]) {
    #expect(selected(scores, count: count) == expected)
    if scores.allSatisfy({ $0 >= 0 }) { #expect(reduced([scores], count: count) == expected) }
  }

  /// With many equal scores, against sorting everything.
  @Test func theChoiceIsThatOfSortedScores() {
    var generator = SegmentFixture.Generator(state: 1)
    for _ in 0..<500 {
      let chunks = Int.random(in: 1...20, using: &generator)
      let scores = (0..<chunks).map { _ in Float(Int.random(in: 0...6, using: &generator)) }
      let count = Int.random(in: 1...21, using: &generator)
      let ranked = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      #expect(selected(scores, count: count) == ranked.prefix(count).sorted())
    }
  }

  @Test func aReductionSumsTheFiveLargestOfEachChunk() {
    var generator = SegmentFixture.Generator(state: 2)
    let rows = (0..<40).map { _ in (0..<7).map { _ in Float.random(in: 0...1, using: &generator) } }
    var (whole, parts) = (ScoreReduction(chunks: 7), ScoreReduction(chunks: 7))
    for half in [rows[..<13], rows[13...]] {
      var part = ScoreReduction(chunks: 7)
      for row in half {
        row.withUnsafeBufferPointer { row in
          guard let base = row.baseAddress else { return }
          whole.add(base)
          part.add(base)
        }
      }
      parts.add(part)
    }
    for chunk in 0..<7 {
      let expected = rows.map { $0[chunk] }.sorted(by: >).prefix(5).reduce(0, +)
      #expect(abs(whole.scores[chunk] - expected) < 1e-6)
      #expect(parts.scores[chunk] == whole.scores[chunk])
    }
    whole.reset()
    #expect(whole.scores == Array(repeating: 0, count: 7))
  }

  @Test func aRowCanBeSetAndCleared() {
    var choice = ChunkChoice(kvHeads: 1, rows: 2, count: 3)
    choice.set([4, 6], head: 0, row: 1)
    #expect((0..<3).map { choice.chunk(head: 0, row: 1, rank: $0) } == [4, 6, nil])
    #expect(choice.contains(6, head: 0, row: 1) && !choice.contains(6, head: 0, row: 0))
    choice.clear(head: 0, row: 1)
    #expect((0..<3).allSatisfy { choice.chunk(head: 0, row: 1, rank: $0) == nil })
  }
}
