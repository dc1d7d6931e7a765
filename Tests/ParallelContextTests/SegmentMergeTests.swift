internal import ParallelContext
internal import Testing

/// Merging and selection by partials against dense arithmetic in double precision.
@Suite struct SegmentMergeTests {
  static let cases: [(seed: UInt64, lengths: [Int], tokens: Int, group: Int)] = [
    (1, [1, 1, 1], 1, 1), (2, [4, 60, 3, 300, 17, 5], 5, 3), (3, [32, 256, 257, 511, 64, 2], 2, 4),
    (4, [0, 7, 9, 5, 70, 1, 12], 12, 2), (5, [3, 1024, 700, 1], 1, 3),
  ]

  private func merged(_ merge: SegmentMerge, _ row: Int, _ attended: [Bool]?) -> (
    output: [Float], entropy: Float
  ) {
    var output = [Float](repeating: 0, count: SegmentFixture.dimension)
    let entropy = output.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { merge.merge(head: 0, row: row, attended: attended, into: $0) } ?? .nan
    }
    return (output, entropy)
  }

  private func expectClose(_ a: [Float], _ b: [Double], _ limit: Double) {
    let worst = zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(worst < limit)
  }

  @Test(arguments: cases.indices)
  func mergedPartialsAreTheDenseSoftmax(_ index: Int) throws {
    let (seed, lengths, tokens, group) = Self.cases[index]
    var fixture = SegmentFixture.random(seed: seed, lengths: lengths, tokens: tokens, group: group)
    fixture.causalTail = lengths.last == tokens
    let merge = SegmentMerge(store: try fixture.store(), chunks: 1..<lengths.count - 1)
    for row in 0..<tokens * group {
      let dense = fixture.dense(row, attended: lengths.map { _ in true })
      let (output, entropy) = merged(merge, row, nil)
      expectClose(output, dense.output, 1e-5)
      #expect(abs(Double(entropy) - dense.entropy) < 2e-5)
    }
  }

  @Test(arguments: cases.indices)
  func selectionIsMaskingAndRenormalising(_ index: Int) throws {
    let (seed, lengths, tokens, group) = Self.cases[index]
    var fixture = SegmentFixture.random(seed: seed, lengths: lengths, tokens: tokens, group: group)
    fixture.causalTail = lengths.last == tokens
    let chunks = 1..<lengths.count - 1
    let merge = SegmentMerge(store: try fixture.store(), chunks: chunks)
    for row in 0..<tokens * group {
      let logits = lengths.indices.map { fixture.logits($0, row) }
      let high = logits.joined().max() ?? 0
      let total = logits.joined().reduce(0) { $0 + exponential($1 - high) }
      let dense = chunks.map { chunk in
        logits[chunk].map { exponential($0 - high) / total }.sorted(by: >).prefix(5).reduce(0, +)
      }
      let scores = merge.chunkScores(head: 0, row: row)
      for (score, expected) in zip(scores, dense) { #expect(abs(Double(score) - expected) < 1e-5) }
      for count in 1...chunks.count {
        let attended = merge.attended(count: count, scores: scores)
        #expect(chunks.count(where: { attended[$0] }) == count)
        let kept = chunks.filter { attended[$0] }.map { dense[$0 - 1] }.min() ?? 0
        let dropped = chunks.filter { !attended[$0] }.map { dense[$0 - 1] }.max() ?? 0
        #expect(kept >= dropped - 1e-6)
        expectClose(merged(merge, row, attended).output, fixture.dense(row, attended: attended).output, 1e-5)
      }
    }
  }

  @Test func selectingAllChunksOrUnitTemperatureChangesNothing() throws {
    let fixture = SegmentFixture.random(seed: 9, lengths: [4, 60, 3, 30, 5], tokens: 5, group: 3)
    let store = try fixture.store()
    let plain = SegmentMerge(store: store, chunks: 1..<4)
    let ape = SegmentMerge(store: store, chunks: 1..<4, temperature: 1, scale: 1)
    for row in 0..<15 {
      let all = plain.attended(count: 3, scores: plain.chunkScores(head: 0, row: row))
      #expect(all.allSatisfy { $0 })
      #expect(merged(plain, row, all).output == merged(plain, row, nil).output)
      #expect(merged(ape, row, nil).output == merged(plain, row, nil).output)
    }
  }

  @Test func adaptiveScalingIsItsFormula() throws {
    // arXiv 2502.05431: chunks keep their softmax among each other; their joint mass l becomes scale T l.
    let fixture = SegmentFixture.random(seed: 11, lengths: [4, 60, 30, 5], tokens: 5, group: 1)
    let store = try fixture.store()
    let merge = SegmentMerge(store: store, chunks: 1..<3, temperature: 1, scale: 0.8)
    for row in 0..<5 {
      func mass(_ segments: [Int]) -> Double {
        logarithm(segments.flatMap { fixture.logits($0, row) }.reduce(0) { $0 + exponential($1) })
      }
      let (inside, outside) = (0.8 * mass([1, 2]), mass([0, 3]))
      let share = exponential(inside) / (exponential(inside) + exponential(outside))
      let chunks = fixture.dense(row, attended: [false, true, true, false]).output
      let rest = fixture.dense(row, attended: [true, false, false, true]).output
      let expected = zip(chunks, rest).map { $0 * share + $1 * (1 - share) }
      expectClose(merged(merge, row, nil).output, expected, 1e-5)
    }
  }

  @Test func dampingTakesAShareOfTheEntropyOfFarChunksAlone() throws {
    let fixture = SegmentFixture.random(seed: 12, lengths: [4, 60, 30, 5], tokens: 5, group: 1)
    let store = try fixture.store()
    let merge = SegmentMerge(store: store, chunks: 1..<3, damping: 0.5, isFar: [true, false])
    let none = SegmentMerge(store: store, chunks: 1..<3, damping: 0, isFar: [true, true])
    for row in 0..<5 {
      let plain = SegmentMerge(store: store, chunks: 1..<3).masses(head: 0, row: row)
      let damped = merge.masses(head: 0, row: row)
      let logits = fixture.logits(1, row)
      let total = logarithm(logits.reduce(0) { $0 + exponential($1) })
      let entropy = logits.reduce(0) { $0 - exponential($1 - total) * ($1 - total) }
      #expect(abs(Double(plain[1] - damped[1]) - 0.5 * entropy) < 1e-4)
      #expect([0, 2, 3].allSatisfy { damped[$0] == plain[$0] })
      #expect(none.masses(head: 0, row: row) == plain)
    }
  }
}
