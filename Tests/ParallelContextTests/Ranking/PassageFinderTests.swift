internal import CKernels
internal import ParallelContext
internal import Testing
internal import Transformer

/// The chunks that a question points at, and the passages in them.
@Suite struct PassageFinderTests {
  /// A finder that has seen a row in which the given pages have keys of the given logits, all others of 0, and in
  /// which sink and tail have a log-mass of 6.
  private func finder(
    _ chunks: [(index: Int, tokens: Int)],
    sharp: [(chunk: Int, page: Int, logit: Float)]
  ) throws -> PassageFinder {
    let scores = try PageScores(chunks, kvHeads: 1, rows: 1, headDimension: 64)
    for (slot, page) in scores.pages.enumerated() {
      let number = page.tokens.lowerBound / PassageFinder.pageTokens
      let logit = sharp.first { $0.chunk == page.chunk && $0.page == number }?.logit ?? 0
      let softmax = scores.store.softmax(slot: slot, head: 0)
      softmax.maximum[0] = logit
      softmax.sum[0] = 1
      softmax.energy?[0] = logit
      for rank in 0..<PartialStore.topCount { softmax.top?[rank] = rank == 0 ? logit : -.infinity }
    }
    scores.add(head: 0, row: 0, local: 6)
    return scores.finder
  }

  @Test func theOnePageThatStandsOutIsTheMiddleOfThePassage() throws {
    let finder = try finder([(3, 1000), (8, 640)], sharp: [(3, 5, 9)])
    #expect(finder.focus(most: 1) == [3])
    // Page 5 holds the tokens from 320 on.
    #expect(finder.passages(of: 192, in: [3]) == [3: 256..<448])
    #expect(finder.passages(of: 64, in: [3]) == [3: 320..<384])
    #expect(finder.passages(of: 192, in: [8]) == [:])
  }

  @Test(arguments: [(0, 0..<192), (1, 0..<192), (2, 64..<256), (14, 808..<1000), (15, 808..<1000)])
  func aPassageStaysInItsChunk(_ page: Int, _ expected: Range<Int>) throws {
    let finder = try finder([(0, 1000)], sharp: [(0, page, 9)])
    #expect(finder.passages(of: 192, in: [0]) == [0: expected])
  }

  @Test func neighboursAreOnePlaceAndOthersAreTwo() throws {
    let side = try finder([(0, 1000)], sharp: [(0, 5, 9), (0, 6, 8.9)])
    #expect(side.passages(of: 192, in: [0]) == [0: 256..<448])
    let apart = try finder([(0, 1000)], sharp: [(0, 5, 9), (0, 7, 8.9)])
    #expect(apart.passages(of: 192, in: [0]) == [:])
    let faint = try finder([(0, 1000)], sharp: [(0, 5, 9), (0, 7, 5)])
    #expect(faint.passages(of: 192, in: [0]) == [0: 256..<448])
  }

  @Test func aChunkNoLongerThanAPassageIsAttendedWhole() throws {
    let finder = try finder([(0, 192), (1, 193)], sharp: [(0, 1, 9), (1, 0, 9)])
    #expect(finder.passages(of: 192, in: [0, 1]) == [1: 0..<192])
  }

  @Test func chunksAreRankedByTheirBestPages() throws {
    let finder = try finder([(2, 640), (5, 640), (9, 640)], sharp: [(5, 1, 7), (5, 4, 7), (9, 2, 8)])
    #expect(finder.best(1) == [9])
    #expect(finder.best(2) == [5, 9])
    #expect(finder.focus(most: 2) == [5, 9])
    #expect(finder.focus(most: 1) == nil)
  }

  /// Of one row the score is its share p, so that the odds are p / (5 - p).
  @Test(arguments: [(8.0, 6.2, false), (8, 5.5, true), (11, 8.8, true), (11, 9.2, false), (6, 5, false)])
  func whatCountsIsByHowMuchTheOddsFall(_ first: Float, _ second: Float, _ points: Bool) throws {
    let finder = try finder([(0, 640), (1, 640)], sharp: [(0, 3, first), (1, 7, second)])
    #expect(finder.focus(most: 1) == (points ? [0] : nil))
  }

  @Test func aRowWithoutAnyMassCountsForNothing() throws {
    let scores = try PageScores([(0, 640)], kvHeads: 1, rows: 1, headDimension: 64)
    for slot in scores.pages.indices { scores.store.clear(slot: slot, head: 0, rows: 1) }
    scores.add(head: 0, row: 0, local: -.infinity)
    let finder = scores.finder
    #expect(finder.focus(most: 1) == nil)
    #expect(finder.passages(of: 192, in: [0]) == [:])
  }
}
