internal import Benchmarks
internal import Testing

/// The comparison of two choices of chunks.
@Suite struct ScanRecallTests {
  @Test func theShareIsOfWhatTheFullScanChose() {
    var recall = ScanRecall()
    #expect(recall.share == nil && recall.questions == 0)
    recall.add(found: [1, 2, 9], wanted: [1, 3, 9], of: 20)
    recall.add(found: [5, 6, 7], wanted: [5, 6, 7], of: 20)
    #expect(recall.share == 5 / 6 && recall.questions == 2)
  }

  @Test func theLastChunkDoesNotCount() {
    var recall = ScanRecall()
    recall.add(found: [9], wanted: [3, 9], of: 10)
    #expect(recall.share == 0)
    recall.add(found: [9], wanted: [9], of: 10)
    #expect(recall.share == 0 && recall.questions == 2)
  }
}
