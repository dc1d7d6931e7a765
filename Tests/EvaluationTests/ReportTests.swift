internal import Charts
internal import Evaluation
internal import Testing

/// Reports of measurements as Markdown and charts.
@Suite struct EvaluationReportTests {
  private func row(_ policy: String, _ chunks: Int, loss: Double, entropy: Double?) -> PerplexityRow {
    var row = PerplexityRow(policy: policy, context: 4096, chunks: chunks)
    row.add(loss: loss, without: 3, full: 2, seconds: 0.5)
    if let entropy { row.add(entropy: entropy, byLayer: [entropy]) }
    row.finish(segments: 1)
    return row
  }

  @Test func predictionHasItsTableAndThreeCharts() throws {
    let rows = [
      row("full-attention", 1, loss: 2, entropy: nil), row("paper", 4, loss: 2.25, entropy: 3.5),
      row("paper", 8, loss: 2.5, entropy: 4), row("best", 4, loss: 2.125, entropy: 3),
    ]
    let files = rows.report(command: "braid eval perplexity a.txt").files()
    #expect(
      files.map(\.name) == [
        "report.md", "loss-by-chunks.svg", "entropy-by-chunks.svg", "kept-by-seconds.svg",
      ]
    )
    let text = files[0].content
    #expect(text.contains("```sh\nbraid eval perplexity a.txt\n```"))
    #expect(text.contains("| paper | 4 | 2.2500 | 9.49 | 0.750 | 3.500 |  |  | 0.50 |"))
    #expect(files.dropFirst().allSatisfy { text.contains("](\($0.name))") })
    #expect(files[1].content.contains("paper: 8, 2.5") && files[1].content.contains("best: 4, 2.13"))
    #expect(files[1].content.contains("full-attention") && !files[1].content.contains("full-attention: 1"))
    #expect(files[2].content.contains("paper: 8, 4") && !files[2].content.contains("full-attention"))
    #expect(files[3].content.contains("1: 0.5, 1") && files[3].content.contains("8: 0.5, 0.5"))
  }

  @Test func aReportOfFullAttentionAloneHasEmptyCharts() {
    let files = [row("full-attention", 1, loss: 2, entropy: nil)].report(command: "braid").files()
    #expect(files[1].content.contains("no data") && files[2].content.contains("no data"))
    #expect(!files[3].content.contains("no data"))
  }

  private func row(_ policy: String, _ context: Int, depth: Int, score: Double) -> RetrievalRow {
    var answer = EvaluatedAnswer()
    answer.secondsPerToken = 0.02
    var row = RetrievalRow(
      policy: policy,
      context: context,
      chunks: 4,
      task: .single,
      depthPercent: depth
    )
    row.add(score: score, answer: answer, gold: [0])
    return row
  }

  @Test func retrievalHasAHeatMapForEachPolicy() {
    let rows = [
      row("full-attention", 4096, depth: 0, score: 1), row("full-attention", 4096, depth: 50, score: 0.5),
      row("best", 4096, depth: 0, score: 0.75), row("best", 4096, depth: 50, score: 0.25),
      row("best", 16384, depth: 0, score: 0.125), row("best", 16384, depth: 50, score: 0),
    ]
    let files = rows.report(command: "braid eval retrieval a.txt").files()
    #expect(
      files.map(\.name) == [
        "report.md", "accuracy-by-time.svg", "accuracy-single-full-attention.svg", "accuracy-single-best.svg",
      ]
    )
    let text = files[0].content
    #expect(text.contains("| 4,096 | single | best | 4 | 0.75 | 0.25 | 0.500 |"))
    #expect(text.contains("| 16,384 | single | best | 4 | 0.13 | 0.00 | 0.063 |"))
    #expect(files[1].content.contains("4,096: 20, 0.75") && files[1].content.contains("16,384: 20, 0.0625"))
    #expect(cells(files[2].content) == ["1.00", "0.50"])
    #expect(cells(files[3].content) == ["0.75", "0.13", "0.25", "0.00"])
  }

  /// Returns the numbers with two decimals in a heat map, in their order.
  private func cells(_ svg: String) -> [String] { svg.matches(of: />(\d\.\d\d)</).map { String($0.1) } }
}
