internal import Evaluation
internal import Tables
internal import Testing

/// Entropies by layer, and their correlation with the loss.
@Suite struct EntropyTests {
  private func row(_ policy: String, _ chunks: Int, loss: Double, segments: [[Double]]) -> EntropyRow {
    var row = PerplexityRow(policy: policy, context: 4096, chunks: chunks)
    for _ in 0..<2 { row.add(loss: loss, without: 3, full: 2, seconds: 1) }
    for layers in segments { row.add(entropy: layers.reduce(0, +) / Double(layers.count), byLayer: layers) }
    row.finish(segments: 2)
    return EntropyRow(row)
  }

  @Test func correlationIsThatOfPearson() throws {
    #expect(Pearson.correlation([1, 2, 3], [10, 20, 30]) == 1)
    #expect(Pearson.correlation([1, 2, 3], [3, 2, 1]) == -1)
    #expect(abs(try #require(Pearson.correlation([1, 2, 3, 4], [1, 3, 2, 4])) - 0.8) < 1e-12)
    #expect(Pearson.correlation([1, 1], [1, 2]) == nil)
    #expect(Pearson.correlation([1], [1]) == nil && Pearson.correlation([1, 2], [1]) == nil)
  }

  @Test func layersAreMeansOverTheSegments() {
    let row = row("paper", 4, loss: 2.25, segments: [[1, 3], [2, 5]])
    #expect(row.entropyNatsByLayer == [1.5, 4] && row.entropyNats == 2.75)
    #expect(row.nll == 2.25 && row.kept == 0.75)
  }

  @Test func rowsWithoutEntropyDoNotCount() throws {
    let rows = [
      row("full-attention", 1, loss: 2, segments: []),
      row("paper", 4, loss: 2.25, segments: [[1, 3], [1, 3]]),
      row("paper", 8, loss: 2.5, segments: [[2, 4], [2, 4]]),
      row("best", 8, loss: 2.75, segments: [[3, 5], [3, 5]]),
    ]
    #expect(abs(try #require(rows.correlation) - 1) < 1e-12)
    #expect([EntropyRow](rows.prefix(2)).correlation == nil)
    #expect([EntropyRow](rows.prefix(2)).correlationLine.hasSuffix("not defined over 1 row"))
    #expect(rows.lines.last == "Pearson correlation of mean entropy and NLL over 3 rows: 1.000")
    #expect(rows.lines.contains("layer  paper 4  paper 8  best 8"))
    #expect(rows.lines.contains("    1    3.000    4.000   5.000"))
    #expect([EntropyRow]().lines.isEmpty)
  }

  @Test func recallsOfTheLayersFollowWhereTheyWereCompared() {
    var row = PerplexityRow(policy: "fast", context: 4096, chunks: 4)
    for layers in [[1, 0.25], [0.5, 0.75]] {
      row.add(loss: 2.5, without: 3, full: 2, seconds: 1)
      row.add(entropy: 1, byLayer: [1, 1])
      row.add(recall: layers.reduce(0, +) / 2, byLayer: layers)
    }
    row.finish(segments: 2)
    #expect(row.selectionRecall == 0.625)
    #expect(EntropyRow(row).selectionRecallByLayer == [0.75, 0.5])
    let lines = [EntropyRow(row)].lines
    #expect(lines.contains("recall of the exact choice by layer, columns are policy and chunks"))
    #expect(lines.contains("    1   0.500"))
    #expect(self.row("a", 4, loss: 2, segments: [[1]]).selectionRecallByLayer == nil)
  }

  @Test func theLayersAreOneFieldOfCSV() throws {
    let rows = [row("a", 4, loss: 2.5, segments: [[1, 3], [2, 5]]), row("b", 1, loss: 2, segments: [])]
    let lines = [
      "policy,context,chunks,nll,kept,entropy_nats,entropy_nats_by_layer,selection_recall_by_layer",
      "a,4096,4,2.5,0.5,2.75,1.5 4.0,", "b,4096,1,2,1,,,",
    ]
    #expect(try TableText.csv(rows) == lines.map { $0 + "\r\n" }.joined())
  }
}
