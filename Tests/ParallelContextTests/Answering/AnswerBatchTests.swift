internal import GGUF
internal import KVFormat
internal import ParallelContext
internal import TestSupport
internal import Testing
internal import Transformer

/// Answers of several questions together are those of each by itself.
@Suite(.serialized) struct AnswerBatchTests {
  private static let compute = Precision.bf16.isSupported ? Precision.bf16 : .f32
  private static let loaded = Result { try load(.both) }

  private static func load(_ form: WeightForm) throws -> Model {
    try Model(
      file: GGUFFile(path: TestFiles.model()),
      compute: compute,
      form: form,
      withHead: true,
      threads: 2
    )
  }

  /// A question of a test, and the outcome of its answer.
  private final class Asked {
    let query: QueryEngine.Query
    let text: AskedQuestion.Text
    /// Tokens after which the answer is stopped.
    var most = Int.max
    var isWanted = true
    private(set) var tokens: [Int32] = []
    private(set) var outcome: Result<QueryEngine.Report, any Error>?

    init(_ query: QueryEngine.Query, _ text: AskedQuestion.Text) { (self.query, self.text) = (query, text) }

    var question: AskedQuestion {
      AskedQuestion(
        query,
        reading: text,
        isWanted: { self.isWanted },
        onToken: {
          self.tokens.append($0)
          return self.tokens.count < self.most
        },
        onEnd: { self.outcome = $0 }
      )
    }

    /// The tokens by itself, in a batch of its own.
    func alone(_ model: Model) throws -> [Int32] {
      let other = Asked(query, text)
      let batch = try AnswerBatch(model: model, threads: 2, most: 1)
      batch.add(other.question)
      while !batch.isEmpty { batch.runRound() }
      _ = try other.outcome?.get()
      return other.tokens
    }
  }

  private func query(_ number: Int, _ reading: String, rows: Int, temperature: Double = 0) throws
    -> QueryEngine.Query
  {
    QueryEngine.Query(
      tokens: anyTokens(rows, seed: UInt64(70 + number)),
      reading: try Reading(parsing: reading),
      maximumTokens: 12 + number,
      temperature: temperature,
      seed: UInt64(number)
    )
  }

  private func asked(_ model: Model) throws -> [Asked] {
    let chunks = (5..<12).map { anyTokens(90, seed: $0) }
    let context = try MergedContext.encoded(chunks, by: model, kvType: .bf16)
    let small = try MergedContext.encoded(Array(chunks[..<1]), by: model, kvType: .bf16)
    let text = AskedQuestion.Text.chunks(context, document: Array(chunks.joined()))
    return [
      Asked(try query(0, "best", rows: 40), text),
      Asked(try query(1, "best", rows: 11, temperature: 0.8), text),
      Asked(try query(2, "fast", rows: 200), text), Asked(try query(3, "select=exact:2", rows: 33), text),
      Asked(try query(4, "select=exact:1,reduce=head+token", rows: 37), text),
      Asked(try query(5, "best", rows: 30), .chunks(small, document: [])),
      Asked(try query(6, "best", rows: 20), .whole(Array(chunks[0...2].joined()))),
    ]
  }

  @Test(
    "Questions that join between tokens have the answers that they have by themselves",
    arguments: [WeightForm.both, .packed]
  )
  func answersAreThoseAlone(_ form: WeightForm) throws {
    let model = try form == .both ? Self.loaded.get() : Self.load(form)
    let asked = try asked(model)
    // One waits until another has ended.
    let batch = try AnswerBatch(model: model, threads: 2, most: 6)
    for (number, question) in asked.enumerated() {
      batch.add(question.question)
      for _ in 0..<(number % 3) { batch.runRound() }
    }
    #expect(batch.count == asked.count)
    while !batch.isEmpty { batch.runRound() }
    for (number, question) in asked.enumerated() {
      let report = try #require(try question.outcome?.get(), "\(number)")
      #expect(report.tokens == question.tokens.count && question.tokens.count == 12 + number)
      #expect(report.timeToFirstToken > 0)
      guard model.keepsRowsApart(for: .answering) else { continue }
      #expect(try question.alone(model) == question.tokens, "\(number)")
    }
  }

  @Test("A question that cannot be answered, and one that nobody wants, leave the others alone")
  func failuresAreOfOneQuestion() throws {
    let model = try Self.loaded.get()
    let asked = try asked(model)
    let (good, left, stopped) = (asked[0], asked[1], asked[5])
    let long = Asked(try query(7, "best", rows: model.configuration.contextLength), asked[0].text)
    stopped.most = 3
    let batch = try AnswerBatch(model: model, threads: 2, most: 4)
    for question in [long, good, left, stopped] { batch.add(question.question) }
    while left.tokens.isEmpty { batch.runRound() }
    left.isWanted = false
    while !batch.isEmpty { batch.runRound() }
    #expect(throws: ContextError.self) { try long.outcome?.get() }
    #expect(throws: CancellationError.self) { try left.outcome?.get() }
    #expect(try good.outcome?.get().tokens == 12)
    #expect(try stopped.outcome?.get().tokens == 3)
    #expect(stopped.tokens.count == 3)
    if model.keepsRowsApart(for: .answering) { #expect(try good.alone(model) == good.tokens) }
  }

  @Test("More answers than compact weights serve rows are all answered")
  func manyAnswers() throws {
    let model = try Self.loaded.get()
    let text = try asked(model)[0].text
    let many = try (0..<20).map { Asked(try query($0, "best", rows: 12), text) }
    let batch = try AnswerBatch(model: model, threads: 2, most: 16)
    for question in many { batch.add(question.question) }
    while !batch.isEmpty { batch.runRound() }
    var same = 0
    for (number, question) in many.enumerated() {
      #expect(try question.outcome?.get().tokens == 12 + number)
      if try question.alone(model) == question.tokens { same += 1 }
    }
    // Rounding decides where two tokens are about as likely.
    #expect(same >= 12, "\(same)")
  }

  @Test("A question that is run in slices inspects the chunks that it inspects as a whole")
  func slicesOfAScanInStages() throws {
    let model = try Self.loaded.get()
    let chunks = (0..<256).map { anyTokens(12, seed: 300 + $0) }
    let context = try MergedContext.encoded(chunks, by: model, kvType: .bf16)
    // Its first and its last tokens point at different chunks.
    let question = chunks[17] + anyTokens(90, seed: 5) + chunks[201]
    func session() throws -> QuerySession {
      try QueryEngine(model: model, threads: 2)
        .session(question, reading: try Reading(parsing: "fast,least=0"), extra: 1, over: context)
    }
    let (whole, sliced) = (try session(), try session())
    try whole.append(question)
    let pass = try AnswerPass(model: model, threads: 2, rows: 64)
    try sliced.beginQuestion(question)
    var slices = 0
    repeat {
      try pass.run(answers: [], questions: [sliced.beginSlice(most: 32)])
      slices += 1
    } while try !sliced.endSlice()
    #expect(slices == 9 && whole.inspected.count > 1)
    #expect(sliced.inspected.sorted() == whole.inspected.sorted())
  }
}
