internal import Foundation
internal import ParallelContext
internal import Testing

/// Partials, scores, selection and entropy against dense NumPy; see scripts/golden/selection.py.
@Suite struct GoldenSelectionTests {
  struct Result: Decodable {
    var selected: [[[Int]]]
    var output: [[[Double]]]
    var entropy: [[Double]]
  }
  struct Golden: Decodable {
    struct Segment: Decodable { var tokens: Int }
    var heads: Int
    var queries: Int
    var segments: [Segment]
    var query: [[[Float]]]
    var keys: [[[Float]]]
    var values: [[[Float]]]
    var log_sum_exp: [[[Double]]]
    var top_mass: [[[Double]]]
    var layer_scores: [Double]
    var dense: Result
    var exact: [String: Result]
  }

  @Test func everythingAgrees() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Golden/selection.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let fixture = SegmentFixture(
      group: golden.heads,
      tokens: golden.queries,
      queries: golden.query.flatMap { $0 },
      keys: golden.keys,
      values: golden.values,
      causalTail: true
    )
    let store = try fixture.store()
    let harness = MergeHarness(store: store)
    var reduction = ScoreReduction(chunks: golden.segments.count - 2)
    for token in 0..<golden.queries {
      for head in 0..<golden.heads {
        let row = token * golden.heads + head
        for segment in golden.segments.indices {
          let lse = store.logMass(slot: segment, head: 0, row: row)
          #expect(abs(Double(lse) - golden.log_sum_exp[token][head][segment]) < 1e-5)
        }
        let scores = harness.scores(row)
        for (a, b) in zip(scores, golden.top_mass[token][head]) { #expect(abs(Double(a) - b) < 1e-5) }
        scores.withUnsafeBufferPointer { if let scores = $0.baseAddress { reduction.add(scores) } }
        let own = try #require(golden.exact["none"])
        expect(
          harness,
          row,
          harness.attended(count: 2, scores: scores),
          own.selected[token][head],
          own.output[token][head],
          own.entropy[token][head]
        )
        expect(
          harness,
          row,
          nil,
          [0, 1, 2, 3],
          golden.dense.output[token][head],
          golden.dense.entropy[token][head]
        )
      }
    }
    for (a, b) in zip(reduction.scores, golden.layer_scores) { #expect(abs(Double(a) - b) < 1e-5) }
    let layer = try #require(golden.exact["head+token"])
    let attended = harness.attended(count: 2, scores: reduction.scores)
    for token in 0..<golden.queries {
      for head in 0..<golden.heads {
        expect(
          harness,
          token * golden.heads + head,
          attended,
          layer.selected[token][head],
          layer.output[token][head],
          layer.entropy[token][head]
        )
      }
    }
  }

  private func expect(
    _ harness: MergeHarness,
    _ row: Int,
    _ attended: [Bool]?,
    _ selected: [Int],
    _ output: [Double],
    _ entropy: Double
  ) {
    if let attended { #expect(harness.chunks.filter { attended[$0] }.map { $0 - 1 } == selected.sorted()) }
    let (result, found) = harness.merged(row, attended)
    for (a, b) in zip(result, output) { #expect(abs(Double(a) - b) < 1e-5) }
    #expect(abs(Double(found) - entropy) < 2e-5)
  }
}
