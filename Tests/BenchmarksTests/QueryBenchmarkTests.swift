internal import APITypes
internal import Benchmarks
internal import GGUF
internal import ParallelContext
internal import TestSupport
internal import Testing
internal import Transformer

/// A small real run, and the figures computed from its samples.
@Suite(.serialized) struct QueryBenchmarkTests {
  @Test func percentileIsTheNearestRank() {
    let samples = (1...40).map(Double.init).shuffled()
    #expect(percentile(samples, 95) == 38)
    #expect(percentile(samples, 100) == 40)
    #expect(percentile(samples, 0) == 1)
    #expect(percentile([7], 95) == 7)
    #expect(percentile([], 95) == 0)
    #expect(mean([1, 2, 6]) == 3)
    #expect(mean([]) == 0)
  }

  private func configuration(_ contexts: [Int], tokens: Int = 5) throws -> QueryBenchmark.Configuration {
    let policy = "select=exact:1,reduce=none"
    return QueryBenchmark.Configuration(
      contexts: contexts,
      chunkTokens: 64,
      questionTokens: 8,
      tokens: tokens,
      threads: 2,
      reading: try #require(try Method(parsing: policy).reading),
      policyName: policy
    )
  }

  private func model() throws -> Model {
    try Model(file: GGUFFile(path: TestFiles.model()), compute: .native, withHead: true, threads: 2)
  }

  @Test func aSmallRunFillsARowForEachContext() async throws {
    let configuration = try configuration([200, 64])
    let benchmark = try await QueryBenchmark(
      model: model(),
      text: (0..<208).map { Int32(300 + $0) },
      sink: [1, 2, 3],
      lanes: 2,
      configuration: configuration
    )
    for index in 0..<2 {
      try await benchmark.answerOnce(context: index, isWarmUp: true)
      for _ in 0..<2 { try await benchmark.answerOnce(context: index) }
    }
    let rows = await benchmark.report()
    #expect(rows.map(\.context) == [200, 64])
    #expect(rows.map(\.chunks) == [4, 1])
    #expect(rows.map(\.repetitions) == [2, 2])
    // Of the four chunks one is read: one of 64 tokens, or the last one of 8.
    #expect((8...64).contains(rows[0].selectedTokens))
    #expect(rows[1].selectedTokens == 64)
    // The caches of the context and of the sink are counted.
    #expect(rows[0].keyValueBytes * 67 == rows[1].keyValueBytes * 203)
    for row in rows {
      #expect(row.timeToFirstTokenSeconds > 0)
      #expect(row.secondsPerToken > 0 && row.secondsPerToken <= row.secondsPerTokenP95)
    }
    #expect(rows[1].timesShortest == 1)
    let text = try APIJSON.string(rows)
    for key in [
      "context", "policy", "time_to_first_token_seconds", "seconds_per_token", "selected_tokens", "chunks",
      "key_value_bytes",
    ] {
      #expect(text.contains("\"\(key)\":"))
    }
    #expect(!text.contains("llama") && !text.contains("drafted_tokens"))
    #expect(rows.lines.count == 4)
  }

  @Test func longContextsRepeatWhatIsEncoded() async throws {
    var configuration = try configuration([300, 128])
    configuration.encodedTokens = 128
    configuration.recallQuestions = 2
    #expect(configuration.textTokens == 128 + 2 * 8)
    let benchmark = try await QueryBenchmark(
      model: model(),
      text: (0..<144).map { Int32(300 + $0) },
      sink: [],
      lanes: 2,
      configuration: configuration
    )
    for index in 0..<2 { try await benchmark.answerOnce(context: index) }
    try await benchmark.compareScans(context: 0)
    let rows = await benchmark.report()
    #expect(rows.map(\.chunks) == [5, 2] && rows.map(\.encodedTokens) == [128, nil])
    // A policy that inspects no chunks has nothing to compare.
    #expect(rows.map(\.recallQuestions) == [2, nil] && rows[0].scanRecall == nil)
    #expect(rows.lines.filter { $0.hasPrefix("at 300: 128 tokens were encoded") }.count == 1)
    #expect(try APIJSON.string(rows).contains("\"encoded_tokens\":128"))
  }

  @Test func questionsAreAnsweredTogetherAndComparedWithOneAfterAnother() async throws {
    var configuration = try configuration([64], tokens: 5)
    configuration.concurrency = [1, 3]
    #expect(configuration.textTokens == 64 + 3 * 8)
    let model = try model()
    let benchmark = try await QueryBenchmark(
      model: model,
      text: (0..<88).map { Int32(300 + $0) },
      sink: [],
      lanes: 1,
      configuration: configuration
    )
    try await benchmark.answerOnce(context: 0)
    for number in configuration.concurrency {
      try await benchmark.answerTogether(number, context: 0, isWarmUp: true)
      try await benchmark.answerTogether(number, context: 0)
    }
    let report = await benchmark.report()
    let rows = try #require(report.first?.together)
    #expect(rows.map(\.concurrency) == [1, 3] && rows.map(\.questions) == [3, 3])
    #expect(rows[0].timesAlone == 1 && rows[0].identicalAnswers == 1)
    if model.keepsRowsApart(for: .answering) { #expect(rows[1].identicalAnswers == 1) }
    for row in rows {
      #expect(row.tokensPerSecond > 0 && row.secondsPerToken > 0)
      #expect(row.slowestFirstTokenSeconds >= row.timeToFirstTokenSeconds)
    }
    #expect(report.lines.count == 3 + 1 + rows.count)
    #expect(try APIJSON.string(report).contains("\"identical_answers\":1"))
  }

  @Test func nothingIsComparedWithOneAfterAnotherUnlessThatIsAsked() async throws {
    var configuration = try configuration([64], tokens: 2)
    configuration.concurrency = [2]
    let benchmark = try await QueryBenchmark(
      model: model(),
      text: (0..<80).map { Int32(300 + $0) },
      sink: [],
      lanes: 1,
      configuration: configuration
    )
    try await benchmark.answerTogether(2, context: 0)
    let row = try #require(await benchmark.report().first?.together?.first)
    #expect(row.timesAlone == nil && row.identicalAnswers == nil && row.tokensPerSecond > 0)
  }

  /// So many chunks that most heads leave most of them out.
  @Test func aLongDocumentIsScannedInStagesWithNearlyTheSameChoice() async throws {
    let reading = try #require(try Method(parsing: "fast,least=0").reading)
    let text = (0..<2112 + 4 * 16).map { (token: Int) -> Int32 in Int32(300 + token * token * 31 % 4001) }
    let benchmark = try await QueryBenchmark(
      model: model(),
      text: text,
      sink: [],
      lanes: 2,
      configuration: QueryBenchmark.Configuration(
        contexts: [2112],
        chunkTokens: 8,
        questionTokens: 16,
        tokens: 1,
        threads: 2,
        reading: reading,
        policyName: "fast",
        recallQuestions: 4
      )
    )
    try await benchmark.compareScans(context: 0)
    let row = try #require(await benchmark.report().first)
    #expect(row.chunks == 264)
    let recall = try #require(row.scanRecall)
    #expect(recall >= 0.9 && recall <= 1)
    #expect(
      [row].lines.contains { $0.hasSuffix("of the chunks of a full scan were chosen, over 4 questions") }
    )
  }

  @Test func draftsAreCountedWhereTheyAreWanted() async throws {
    var configuration = try configuration([64], tokens: 24)
    configuration.drafts = true
    let benchmark = try await QueryBenchmark(
      model: model(),
      text: (0..<72).map { Int32(300 + $0 % 9) },
      sink: [],
      lanes: 1,
      configuration: configuration
    )
    try await benchmark.answerOnce(context: 0)
    let row = try #require(await benchmark.report().first)
    let (drafted, accepted) = (try #require(row.draftedTokens), try #require(row.acceptedTokens))
    #expect(accepted >= 0 && accepted <= drafted && drafted <= 7 * 24)
    #expect([row].lines.contains { $0.hasPrefix("drafts at 64: ") })
    #expect(try APIJSON.string([row]).contains("\"accepted_tokens\":"))
  }

  @Test func theFastestFormIsComparedWith() async throws {
    let benchmark = try await QueryBenchmark(
      model: model(),
      text: (0..<16).map { Int32(300 + $0) },
      sink: [],
      lanes: 1,
      configuration: try configuration([8], tokens: 2)
    )
    try await benchmark.answerOnce(context: 0)
    var row = try #require(await benchmark.report().first)
    row.compare(with: [])
    #expect(row.llama == nil && row.speedupOverLlama == nil)
    row.compare(
      with: [("slow", 3.0), ("fast", 2.0)].map { .init(model: $0.0, threads: 2, secondsPerToken: $0.1) }
    )
    #expect(row.llamaFastest == "fast")
    #expect(row.speedupOverLlama == 2 / row.secondsPerTokenMean)
    #expect([row].lines.last?.contains("fast 2000.00 ms") == true)
  }

  @Test func whatDoesNotFitIsRefused() async throws {
    let model = try model()
    for (context, tokens, text) in [(64, 9000, 72), (64, 5, 71)] {
      await #expect(throws: ContextError.self) {
        _ = try await QueryBenchmark(
          model: model,
          text: [Int32](repeating: 300, count: text),
          sink: [1],
          lanes: 1,
          configuration: try configuration([context], tokens: tokens)
        )
      }
    }
  }
}
