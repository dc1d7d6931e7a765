internal import Foundation
internal import ParallelContext
internal import Testing

/// Sums of chunks' masses.
@Suite struct ChunkMassesTests {
  /// Three chunks for two rows, of which the second sees only one.
  private var masses: ChunkMasses {
    var masses = ChunkMasses(chunks: 3, rows: 2)
    masses.fill { logs in
      let values: [Float] = [logf(2), -.infinity, logf(6), 100, logf(4), -.infinity]
      for (index, value) in values.enumerated() { logs[index] = value }
    }
    return masses
  }

  @Test func massesAddUpRowByRow() {
    let sums = masses.sum(0..<3, standingFor: 3)
    #expect(abs(sums[0] - logf(12)) < 1e-6 && sums[1] == 100)
    #expect(masses.sum([0, 2], standingFor: 2)[1] == -.infinity)
  }

  @Test func someStandForMoreOfTheirMean() {
    let sums = masses.sum([0, 1], standingFor: 10)
    #expect(abs(sums[0] - logf(40)) < 1e-6 && abs(sums[1] - 100 - logf(5)) < 1e-4)
    #expect(masses.sum([0], standingFor: 0).allSatisfy { $0 == -.infinity })
  }

  @Test func newMassesAreNone() {
    #expect(
      ChunkMasses(chunks: 2, rows: 3).sum(0..<2, standingFor: 2) == [Float](repeating: -.infinity, count: 3)
    )
  }
}
