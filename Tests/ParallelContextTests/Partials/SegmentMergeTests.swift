internal import ParallelContext
internal import Testing

/// Merging and selection by partials against dense arithmetic in double precision.
@Suite struct SegmentMergeTests {
  static let cases: [(seed: UInt64, lengths: [Int], tokens: Int, group: Int)] = [
    (1, [1, 1, 1], 1, 1), (2, [4, 60, 3, 300, 17, 5], 5, 3), (3, [32, 256, 257, 511, 64, 2], 2, 4),
    (4, [0, 7, 9, 5, 70, 1, 12], 12, 2), (5, [3, 1024, 700, 1], 1, 3),
  ]

  private func expectClose(_ a: [Float], _ b: [Double], _ limit: Double) {
    let worst = zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(worst < limit)
  }

  @Test(arguments: cases.indices)
  func mergedPartialsAreTheDenseSoftmax(_ index: Int) throws {
    let (seed, lengths, tokens, group) = Self.cases[index]
    var fixture = SegmentFixture.random(seed: seed, lengths: lengths, tokens: tokens, group: group)
    fixture.causalTail = lengths.last == tokens
    let harness = MergeHarness(store: try fixture.store())
    for row in 0..<tokens * group {
      let dense = fixture.dense(row, attended: lengths.map { _ in true })
      let (output, entropy) = harness.merged(row)
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
    let harness = MergeHarness(store: try fixture.store())
    for row in 0..<tokens * group {
      let logits = lengths.indices.map { fixture.logits($0, row) }
      let high = logits.joined().max() ?? 0
      let total = logits.joined().reduce(0) { $0 + exponential($1 - high) }
      let dense = chunks.map { chunk in
        logits[chunk].map { exponential($0 - high) / total }.sorted(by: >).prefix(5).reduce(0, +)
      }
      let scores = harness.scores(row)
      for (score, expected) in zip(scores, dense) { #expect(abs(Double(score) - expected) < 1e-5) }
      for count in 1...chunks.count {
        let attended = harness.attended(count: count, scores: scores)
        #expect(chunks.count(where: { attended[$0] }) == count)
        let kept = chunks.filter { attended[$0] }.map { dense[$0 - 1] }.min() ?? 0
        let dropped = chunks.filter { !attended[$0] }.map { dense[$0 - 1] }.max() ?? 0
        #expect(kept >= dropped - 1e-6)
        expectClose(harness.merged(row, attended).output, fixture.dense(row, attended: attended).output, 1e-5)
      }
    }
  }

  @Test func selectingAllChunksOrUnitTemperatureChangesNothing() throws {
    let fixture = SegmentFixture.random(seed: 9, lengths: [4, 60, 3, 30, 5], tokens: 5, group: 3)
    let store = try fixture.store()
    let plain = MergeHarness(store: store)
    let ape = MergeHarness(store: store, merge: SegmentMerge(temperature: 1, scale: 1))
    for row in 0..<15 {
      let all = plain.attended(count: 3, scores: plain.scores(row))
      #expect(all.allSatisfy { $0 })
      #expect(plain.merged(row, all).output == plain.merged(row).output)
      #expect(ape.merged(row).output == plain.merged(row).output)
    }
  }

  @Test func adaptiveScalingIsItsFormula() throws {
    // arXiv 2502.05431: chunks keep their softmax among each other; their joint mass l becomes scale T l.
    let fixture = SegmentFixture.random(seed: 11, lengths: [4, 60, 30, 5], tokens: 5, group: 1)
    let store = try fixture.store()
    let harness = MergeHarness(store: store, merge: SegmentMerge(scale: 0.8))
    for row in 0..<5 {
      func mass(_ segments: [Int]) -> Double {
        logarithm(segments.flatMap { fixture.logits($0, row) }.reduce(0) { $0 + exponential($1) })
      }
      let (inside, outside) = (0.8 * mass([1, 2]), mass([0, 3]))
      let share = exponential(inside) / (exponential(inside) + exponential(outside))
      let chunks = fixture.dense(row, attended: [false, true, true, false]).output
      let rest = fixture.dense(row, attended: [true, false, false, true]).output
      let expected = zip(chunks, rest).map { $0 * share + $1 * (1 - share) }
      expectClose(harness.merged(row).output, expected, 1e-5)
    }
  }

  @Test func dampingTakesAShareOfTheEntropyOfFarChunksAlone() throws {
    let fixture = SegmentFixture.random(seed: 12, lengths: [4, 60, 30, 5], tokens: 5, group: 1)
    let store = try fixture.store()
    let harness = MergeHarness(store: store, merge: SegmentMerge(damping: 0.5), far: [1])
    let none = MergeHarness(store: store, far: [1, 2])
    for row in 0..<5 {
      let plain = MergeHarness(store: store).masses(row)
      let damped = harness.masses(row)
      let logits = fixture.logits(1, row)
      let total = logarithm(logits.reduce(0) { $0 + exponential($1) })
      let entropy = logits.reduce(0) { $0 - exponential($1 - total) * ($1 - total) }
      #expect(abs(Double(plain[1] - damped[1]) - 0.5 * entropy) < 1e-4)
      #expect([0, 2, 3].allSatisfy { damped[$0] == plain[$0] })
      #expect(none.masses(row) == plain)
    }
  }
}
