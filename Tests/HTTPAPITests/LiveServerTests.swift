internal import APITypes
internal import HTTPAPI
internal import HTTPClient
internal import KVFormat
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import Testing

@Suite("Server and client over sockets", .timeLimit(.minutes(1)))
struct LiveServerTests {
  @Test("A document goes up, its events come down to the last, and it can be deleted")
  func document() async throws {
    let coordinator = FakeCoordinator()
    let text = Array(String(repeating: "Ten bytes.", count: 50_000).utf8)
    try await LiveServer.with(coordinator) { _, client in
      let submission = DocumentSubmission(
        name: "a&b?=ü/.txt",
        chunkTokens: 256,
        sink: "You read & think.",
        workers: 3,
        wire: .auto,
        summaries: SummaryContent.none
      )
      let status = try await client.submit(submission, bytes: text)
      var events: [DocumentEvent] = []
      for try await event in try await client.events(status.id) { events.append(event) }
      #expect(events == [.progress(FakeCoordinator.progress), .done(FakeCoordinator.summary)])
      #expect(try await client.documents().map(\.id) == [status.id])
      #expect(try await client.timeline(status.id) == FakeCoordinator.timeline)
      #expect(try await client.workers().map(\.id) == ["w1"])
      #expect(try await client.status().model == "Fake-1")
      try await client.delete(status.id)
      #expect(try await client.documents().isEmpty)
      #expect(coordinator.state.withLock { $0.submissions } == [submission])
    }
    #expect(coordinator.state.withLock { $0.texts["doc-1"] } == text)
  }

  @Test("A failed document ends its events with the reason")
  func failure() async throws {
    let coordinator = FakeCoordinator(script: [.failed(message: "No worker could encode chunk 3.")])
    try await LiveServer.with(coordinator) { _, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      var events: [DocumentEvent] = []
      for try await event in try await client.events(id) { events.append(event) }
      #expect(events == [.failed(message: "No worker could encode chunk 3.")])
    }
  }

  @Test("Comments keep an idle stream alive and do not reach the reader")
  func keepAlive() async throws {
    let coordinator = FakeCoordinator(pause: .milliseconds(120))
    try await LiveServer.with(coordinator, keepAlive: .milliseconds(10)) { _, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      var count = 0
      for try await _ in try await client.events(id) { count += 1 }
      #expect(count == 2)
    }
  }

  @Test("An answer arrives in pieces with its summary")
  func answer() async throws {
    try await LiveServer.with(FakeCoordinator()) { _, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      var text = ""
      var summary: AnswerSummary?
      for try await event in try await client.answer(ChatRequest(document: id, question: "Why?")) {
        switch event {
        case .delta(let delta): text += delta.content ?? ""
        case .finished(let end): summary = end
        }
      }
      #expect(text == "Forty-two")
      #expect(summary?.finishReason == .stop)
      #expect(summary?.usage.promptTokens == 2040)
      #expect(summary?.figures.timeToFirstTokenSeconds == 0.5)
    }
  }

  @Test("How to choose tokens and where to stop arrives as it was asked")
  func options() async throws {
    let coordinator = FakeCoordinator()
    var question = ChatRequest(document: "", question: "Why?", policy: "paper", maxTokens: 5, seed: 9)
    question.temperature = 0.7
    question.topP = 0.9
    question.stop = ["\n", "中"]
    let asked = question
    try await LiveServer.with(coordinator) { _, client in
      var question = asked
      question.document = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      for try await _ in try await client.answer(question) {}
      question.stream = true
      question.includeUsage = true
      #expect(coordinator.state.withLock { $0.questions } == [question])
    }
  }

  @Test("Errors of the coordinator arrive as they were thrown")
  func errors() async throws {
    try await LiveServer.with(FakeCoordinator(), maximumDocumentBytes: 1000) { _, client in
      await #expect(throws: ServiceError(.badInput, "The document is empty: there is nothing to encode.")) {
        try await client.submit(DocumentSubmission(name: "x"), bytes: [])
      }
      await #expect(throws: ServiceError(.notFound, "There is no document doc-9.")) {
        try await client.events("doc-9")
      }
      let unready = try await client.submit(DocumentSubmission(name: "unready"), bytes: [65]).id
      await #expect(throws: ServiceError(.notReady, "The document is not encoded yet.")) {
        try await client.answer(ChatRequest(document: unready, question: "Why?"))
      }
      let tooLarge = await #expect(throws: ServiceError.self) {
        try await client.submit(
          DocumentSubmission(name: "x"),
          bytes: [UInt8](repeating: 65, count: 3_000_000)
        )
      }
      #expect(tooLarge?.code == .tooLarge)
    }
  }

  @Test("An answer that breaks off throws after what was said")
  func brokenAnswer() async throws {
    try await LiveServer.with(FakeCoordinator()) { _, client in
      let id = try await client.submit(DocumentSubmission(name: "breaks"), bytes: [65]).id
      var text = ""
      let answer = try await client.answer(ChatRequest(document: id, question: "Why?"))
      await #expect(throws: ServiceError(.failed, "The model broke.")) {
        for try await case .delta(let delta) in answer { text += delta.content ?? "" }
      }
      #expect(text == "Forty-two")
    }
  }

  @Test("The coordinator stops working on an answer whose reader has gone", arguments: [true, false])
  func disconnect(afterFirstPiece: Bool) async throws {
    let coordinator = FakeCoordinator(
      pieces: Array(repeating: "word ", count: 2000),
      pause: .milliseconds(afterFirstPiece ? 5 : 20_000)
    )
    try await LiveServer.with(coordinator) { _, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      let reading = Task {
        var count = 0
        for try await _ in try await client.answer(ChatRequest(document: id, question: "Why?")) {
          count += 1
          if afterFirstPiece, count == 3 { break }
        }
      }
      if !afterFirstPiece {
        #expect(try await eventually { coordinator.state.withLock { $0.questions.count == 1 } })
        try await Task.sleep(for: .milliseconds(50))
        reading.cancel()
      }
      _ = await reading.result
      #expect(try await eventually { coordinator.state.withLock { $0.answersStopped == 1 } })
    }
  }

  @Test("Shutdown ends open streams at once")
  func shutdown() async throws {
    let coordinator = FakeCoordinator(pieces: Array(repeating: "word ", count: 2000), pause: .milliseconds(5))
    let start = ContinuousClock.now
    try await LiveServer.with(coordinator) { server, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      let error = await #expect(throws: ServiceError.self) {
        var count = 0
        for try await _ in try await client.answer(ChatRequest(document: id, question: "Why?")) {
          count += 1
          if count == 3 { await server.group.triggerGracefulShutdown() }
        }
      }
      #expect(error?.code == .unavailable)
    }
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test("A second server on the same port says that it is in use")
  func portInUse() async throws {
    try await LiveServer.with(FakeCoordinator()) { server, _ in
      let second = try CoordinatorHTTPServer(
        service: FakeCoordinator(),
        configuration: HTTPServerConfiguration(address: server.address),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      )
      await #expect(throws: HTTPServerError.addressInUse(server.address)) { try await second.run() }
    }
  }

  @Test("A coordinator that is not there is reported with its address")
  func unreachable() async throws {
    // A port that was just free.
    let address = try await LiveServer.with(FakeCoordinator()) { server, _ in server.address }
    let url = try CoordinatorURL(parsing: "http://\(address)/")
    let error = await #expect(throws: ClientError.self) {
      try await CoordinatorClient.with(url) { try await $0.status() }
    }
    #expect(error == .unreachable(url: "http://\(address)", reason: "connection refused"))
  }
}
