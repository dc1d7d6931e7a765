internal import ParallelContext
internal import Testing

/// The stages of a scan, without a model.
@Suite struct ScanStagesTests {
  /// The scores of three chunks for a head with one row.
  private func scores(_ shares: [Float]) -> ScoreReduction {
    var reduction = ScoreReduction(chunks: shares.count)
    shares.withUnsafeBufferPointer { if let shares = $0.baseAddress { reduction.add(shares) } }
    return reduction
  }

  @Test func aScanHasStagesWhereTheySaveAQuarterAtLeast() throws {
    #expect(ScanStages(chunks: 64, heads: 90, wanted: 5) == nil)
    #expect(ScanStages(chunks: 253, heads: 90, wanted: 5) == nil)
    #expect(ScanStages(chunks: 254, heads: 90, wanted: 5) != nil)
    // Where few heads are there, most of them may be telling.
    #expect(ScanStages(chunks: 1 << 20, heads: 31, wanted: 5) == nil)
    #expect(ScanStages(chunks: 512, heads: 32, wanted: 5) != nil)
    // More chunks to choose need more candidates, for which the document has to be longer.
    #expect(ScanStages(chunks: 254, heads: 90, wanted: 33) == nil)
    #expect(try #require(ScanStages(chunks: 1024, heads: 90, wanted: 33)).candidates == 132)
  }

  @Test(arguments: [256, 1000, 1024]) func theSampleIsSpreadEvenly(_ chunks: Int) throws {
    let sample = try #require(ScanStages(chunks: chunks, heads: 90, wanted: 5)).sample
    #expect(sample.count == 64 && Set(sample).count == 64)
    let gaps = zip(sample.dropFirst(), sample).map { $0 - $1 }
    #expect(gaps.allSatisfy { abs($0 - chunks / 64) <= 1 })
    #expect(sample.first == chunks / 128 && chunks - (sample.last ?? 0) <= chunks / 64)
  }

  @Test func headsAreTellingUntilTheyHaveNearlyAllOfTheScores() throws {
    let stages = try #require(ScanStages(chunks: 1024, heads: 90, wanted: 5))
    // One head has it all, and only the fewest are telling beside it, the first of equals.
    let one = (0..<90).map { scores([$0 == 40 ? 0.9 : 0]) }
    #expect(stages.telling(one) == [0, 1, 2, 3, 4, 5, 6, 40])
    // Ten have equal parts of what each chunk has from them, of which five rows count.
    let chunks = (0..<90).map { head in scores((0..<30).map { head % 9 == $0 % 9 && head < 18 ? 0.5 : 0 }) }
    #expect(stages.telling(chunks) == Array(0..<18))
    // No more than a quarter are telling.
    let all = (0..<90).map { head in scores((0..<90).map { $0 == head ? 0.5 : 0 }) }
    #expect(stages.telling(all) == Array(0..<22))
    #expect(stages.telling([]) == [])
  }

  @Test func theSampleStandsForWhatIsNoCandidate() throws {
    let stages = try #require(ScanStages(chunks: 1024, heads: 90, wanted: 5))
    #expect(stages.outside([0, 1]) == Array(0..<64))
    #expect(stages.outside([stages.sample[3], stages.sample[0], 1001]) == [1, 2] + Array(4..<64))
    // Were all of it candidates it would still be the best that is known.
    #expect(stages.outside(stages.sample) == Array(0..<64))
  }
}
