internal import APITypes
internal import CommandLineSupport
internal import Testing

@Suite("Reports")
struct ReportsTests {
  private let summary = EncodeSummary(
    document: DocumentFigures(tokens: 69_905, chunks: 70, chunkTokens: 1024, sinkTokens: 32),
    encode: EncodeFigures(
      seconds: 50,
      waitSeconds: 1.25,
      tokensPerSecond: 1398.1,
      computeSecondsMax: 45,
      computeSecondsMean: 44.5,
      wallOverCompute: 50.0 / 45,
      compute: "int8",
      wireSeconds: 0.25,
      mergeSeconds: 0.01,
      wireBytes: 1_610_612_736,
      retries: 2
    ),
    workers: [
      WorkerFigures(id: "w1", chunks: 36, tokensPerSecond: 801),
      WorkerFigures(id: "w2", chunks: 34, tokensPerSecond: 780),
    ]
  )

  private let answer = AnswerSummary(
    finishReason: .length,
    usage: ChatUsage(promptTokens: 70_000, completionTokens: 32),
    figures: AnswerFigures(
      tokens: 32,
      timeToFirstTokenSeconds: 0.5,
      secondsPerToken: 0.032,
      entropyNats: 1.25,
      chunksSelected: 2
    )
  )

  @Test("The summary says where the time went")
  func lines() {
    #expect(
      summary.lines == [
        "encoded 69,905 tokens in 70 chunks of about 1,024 (sink 32) in 50.0 s: 1,398 tokens/s",
        "  wait     1.25 s before the first lease",
        "  compute  45.0 s in the busiest lane, 44.5 s on average, in int8; wall over compute 1.111",
        "  wire     0.25 s not hidden behind compute, 1.6 GB in bf16",
        "  merge    0.01 s",
        "  2 attempts repeated",
        "  worker  chunks  tokens/s",
        "  w1          36       801",
        "  w2          34       780",
      ]
    )
  }

  @Test("What was replayed is marked in lines and JSON, and nothing else is")
  func replayed() throws {
    var replay = summary
    replay.replayed = true
    #expect(replay.lines.first?.hasPrefix("REPLAY: ") == true)
    #expect(try APIJSON.string(JobReport(summary: replay)).contains(#""replayed":true"#))
    #expect(try !APIJSON.string(JobReport(summary: summary)).contains("replayed"))
    var worker = WorkerStatus(
      id: "w1",
      name: "a",
      state: .idle,
      lanes: 1,
      lanesBusy: 0,
      compute: "bf16",
      chunks: 0,
      tokensPerSecond: 0,
      failures: 0,
      lastSeenSeconds: 0
    )
    #expect(!StatusText.workers([worker]).joined().contains("REPLAY"))
    worker.replayed = true
    #expect(StatusText.workers([worker]).joined().contains("REPLAY of bf16"))
    #expect(try APIJSON.string(worker).contains(#""replayed":true"#))
  }

  @Test("The summary says that chunks were made smaller, and of one chunk no size")
  func shrunk() {
    var small = summary
    small.document = DocumentFigures(
      tokens: 700,
      chunks: 2,
      chunkTokens: 350,
      chunksShrunk: true,
      sinkTokens: 32
    )
    #expect(small.lines[0].hasPrefix("encoded 700 tokens in 2 chunks of about 350 (sink 32) in"))
    #expect(small.lines[5] == "  chunks smaller than usual, so that every lane has one, 2 attempts repeated")
    small.document = DocumentFigures(tokens: 700, chunks: 1, chunkTokens: 1024, sinkTokens: 32)
    #expect(small.lines[0].hasPrefix("encoded 700 tokens in 1 chunk (sink 32) in"))
  }

  @Test("The JSON of a job has the documented keys")
  func json() throws {
    let report = AnswerReport(question: "Why?", text: "So.", summary: answer)
    let text = try APIJSON.string(JobReport(summary: summary, answers: [report, report]))
    let object = try APIJSON.decode(JobReport.self, from: text.utf8)
    #expect(object.answer == report)
    #expect(object.answers?.count == 2)
    for key in [
      "\"document\":{\"chunk_tokens\":1024,\"chunks\":70,\"chunks_shrunk\":false,\"sink_tokens\":32,\"tokens\":69905}",
      "\"encode\":{", "\"workers\":[",
      "\"answer\":{", "\"text\":\"So.\"", "\"tokens\":32", "\"time_to_first_token_seconds\":0.5",
      "\"seconds_per_token\":0.032",
    ] {
      #expect(text.contains(key), "\(key) in \(text)")
    }
    #expect(!text.contains("null") && !text.contains("\n"))
  }

  @Test("An answer's timings fit a line")
  func timing() {
    #expect(
      AnswerReport(question: "Why?", text: "So.", summary: answer).timing
        == "32 tokens, first after 0.50 s, 31.3 tokens/s, 2.0 chunks read, entropy 1.25 nats, cut at --max-tokens"
    )
    for (drafted, words) in [(0, nil), (1, "5 of 1 drafted token right"), (9, "5 of 9 drafted tokens right")]
    {
      var answer = answer
      (answer.figures.draftedTokens, answer.figures.acceptedTokens) = (drafted, 5)
      let report = AnswerReport(question: "Why?", text: "So.", summary: answer)
      #expect(report.timing.contains("drafted") == (words != nil) && report.timing.contains(words ?? ""))
      #expect(report.draftedTokens == drafted && report.acceptedTokens == 5)
    }
  }

  @Test("Documents and workers are listed in columns")
  func status() {
    let document = DocumentStatus(
      id: "d1",
      name: "book.txt",
      state: .encoding,
      tokens: 70_000,
      chunks: 70,
      sinkTokens: 32,
      chunksDone: 12,
      created: 1000
    )
    #expect(
      StatusText.documents([document], now: 1062) == [
        "id  state     tokens  chunks   age  name", "d1  encoding  70,000   12/70  1:02  book.txt",
      ]
    )
    #expect(StatusText.documents([], now: 0) == ["no documents"])
    #expect(StatusText.workers([]) == ["no workers"])
  }
}
