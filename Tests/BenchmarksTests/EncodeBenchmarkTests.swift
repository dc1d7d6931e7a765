internal import Benchmarks
internal import GGUF
internal import KVFormat
internal import TestSupport
internal import Testing
internal import Transformer

/// The arithmetic of utilization, and a small real run.
@Suite(.serialized) struct EncodeBenchmarkTests {
  private let linear = GEMMPeak.Shape(inputs: 4, outputs: 8, element: .int8)
  private let other = GEMMPeak.Shape(inputs: 4, outputs: 4, element: .bf16)

  @Test func medianOfOddAndEvenCounts() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 2, 3]) == 2.5)
    #expect(median([]) == 0)
  }

  @Test func everyOperationIsHeldAgainstTheRateOfItsOwnKind() {
    var roofline = EncodeRoofline()
    roofline.linear = [linear: 6e9]
    roofline.attention = 1e9
    roofline.attentionElement = .bf16
    let peak = GEMMPeak(rates: [linear: 400, other: 200])
    #expect(abs(roofline.seconds(at: peak) - (6.0 / 400 + 1.0 / 200)) < 1e-12)
    #expect(roofline.operations == 7e9)
    #expect(abs(roofline.linearRate(peak) - 400) < 1e-9)
  }

  @Test func rateOfAMixtureIsThatOfItsTime() {
    var roofline = EncodeRoofline()
    let slow = GEMMPeak.Shape(inputs: 8, outputs: 4, element: .bf16)
    roofline.linear = [other: 1e9, slow: 1e9]
    roofline.attention = 2e9
    roofline.attentionElement = .bf16
    let peak = GEMMPeak.mean([
      GEMMPeak(rates: [other: 150, slow: 50]), GEMMPeak(rates: [other: 250, slow: 150]),
    ])
    let mixed = 2 / (1.0 / 200 + 1.0 / 100)
    #expect(abs(roofline.linearRate(peak) - mixed) < 1e-9)
    #expect(abs(roofline.seconds(at: peak) - 4 / mixed) < 1e-12)
  }

  @Test func operationsAreThoseCountedByHand() throws {
    let model = try model(.f32)
    let c = model.configuration
    let roofline = EncodeRoofline(model: model, chunks: [3, 2], sink: 4)
    // Every layer makes queries, keys and values; the last one stops there.
    let linear = 2 * 5 * (c.layers * c.embedding * c.qkvWidth + (c.layers - 1) * others(c))
    // Queries of the first chunk see 5, 6 and 7 tokens, of the second 5 and 6.
    let attention = 4 * (5 + 6 + 7 + 5 + 6) * c.queryWidth * (c.layers - 1)
    #expect(roofline.operations == Double(linear + attention))
  }

  private func others(_ c: ModelConfiguration) -> Int {
    c.queryWidth * c.embedding + 3 * c.embedding * c.feedForward
  }

  private func model(_ compute: Precision) throws -> Model {
    try Model(file: GGUFFile(path: TestFiles.model()), compute: compute, withHead: false, threads: 2)
  }

  @Test func textIsTheSameEveryTime() {
    var (a, b) = (BenchmarkText(), BenchmarkText())
    let first = a.paragraph()
    #expect(first == b.paragraph())
    #expect(first != a.paragraph())
    #expect(first.split(separator: " ").count >= 40)
  }

  @Test func aSmallRunFillsTheReport() async throws {
    let benchmark = try await EncodeBenchmark(
      model: model(.native),
      tokens: (0..<150).map { Int32(300 + $0) },
      chunkTokens: 64,
      sink: [1, 2, 3],
      lanes: 2
    )
    try await benchmark.repeatOnce(isWarmUp: true)
    for _ in 0..<2 { try await benchmark.repeatOnce() }
    let report = try await benchmark.report()
    #expect(report.tokens == 150)
    #expect(report.chunks == 3)
    #expect(report.repetitions == 2)
    #expect(report.secondsFastest <= report.seconds)
    #expect(report.seconds <= report.secondsSlowest)
    #expect(report.gemmPeakGflops > 1)
    #expect(report.multiplyAddGflops > 1)
    #expect(report.lines.first?.contains(report.instructions) == true)
    // Far from what a long chunk reaches, and never above the limit by more than noise.
    #expect((0.02...1.2).contains(report.flopsUtilization))
    #expect(abs(report.stages.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    let linear = try #require(report.stages.first { $0.stage == "linear" })
    #expect(linear.share > 0.3)
    #expect(report.lines.contains { $0.contains("utilization") })
  }

  @Test func aChunkThatDoesNotFitIsRefused() async throws {
    let model = try model(.f32)
    let most = model.configuration.contextLength
    await #expect(throws: ModelError.self) {
      _ = try await EncodeBenchmark(model: model, tokens: [1], chunkTokens: most, sink: [1], lanes: 1)
    }
  }
}
