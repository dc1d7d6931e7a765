internal import APITypes
internal import Addresses
internal import Foundation
internal import KVFormat
internal import Logging
internal import Runtime
internal import TestSupport
internal import Testing
internal import Transformer
internal import Worker

/// A coordinator with the real model, and a worker in the same process that reaches it over loopback.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CoordinatorNodeTests {
  private static let loading = Task {
    try await LoadedModel.load(path: TestFiles.model(), compute: .f32, withHead: true, threads: 2)
  }
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Runs a coordinator, and as many workers with a lane each, as long as the body does.
  private func running(
    workers: Int = 1,
    documentBytes: Int = 1 << 30,
    _ body: @escaping @Sendable (CoordinatorNode) async throws -> Void
  ) async throws {
    let loaded = try await Self.loading.value
    let node = try CoordinatorNode(
      loaded: [loaded],
      configuration: CoordinatorConfiguration(listen: .freePort, threads: 2, documentBytes: documentBytes),
      logger: Self.logger
    )
    let address = try CoordinatorAddress(parsing: node.controlAddress)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await node.run() }
      for index in 0..<workers {
        let configuration = WorkerConfiguration(
          coordinator: address,
          lanes: 1,
          identities: [loaded.identity],
          compute: .f32,
          name: "w\(index)"
        )
        let worker = try WorkerService(configuration: configuration, logger: Self.logger) { _ in
          try ModelLaneEncoder(model: loaded.model)
        }
        group.addTask { try await worker.run() }
      }
      defer { group.cancelAll() }
      try await body(node)
    }
  }

  private static func text(_ byteCount: Int) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: TestFiles.document())).prefix(byteCount))
  }

  /// Follows a document to its end.
  private static func end(of id: String, _ node: CoordinatorNode) async throws -> DocumentEvent? {
    var last: DocumentEvent?
    for await event in try await node.events(id) { last = event }
    return last
  }

  private static func answer(_ request: ChatRequest, _ node: CoordinatorNode) async throws -> (
    text: String, summary: AnswerSummary?
  ) {
    var (text, summary) = ("", AnswerSummary?.none)
    for try await event in try await node.answer(request) {
      switch event {
      case .delta(let delta): text += delta.content ?? ""
      case .finished(let all): summary = all
      }
    }
    return (text, summary)
  }

  private static func refusal(_ body: () async throws -> some Any) async -> ServiceError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? ServiceError
    }
  }

  @Test func aDocumentIsEncodedAskedAndForgotten() async throws {
    try await running(workers: 2) { node in
      let bytes = try Self.text(6000)
      let taken = try await node.submit(DocumentSubmission(name: "manual", chunkTokens: 256), bytes: bytes)
      #expect(taken.name == "manual" && taken.chunks > 1 && taken.tokens > 1000)
      guard case .done(let summary)? = try await Self.end(of: taken.id, node) else {
        Issue.record("the document was not encoded")
        return
      }
      #expect(summary.document.tokens == taken.tokens && summary.document.chunks == taken.chunks)
      let status = try await node.document(taken.id)
      #expect(
        status.state == .ready && status.chunksDone == taken.chunks && status.tokensDone == taken.tokens
      )
      #expect(await node.documents().map(\.id) == [taken.id])
      let timeline = try await node.timeline(taken.id)
      #expect(timeline.chunks.map(\.chunk).sorted() == Array(0..<taken.chunks))
      let workers = await node.workers()
      #expect(workers.reduce(0) { $0 + $1.chunks } == taken.chunks)

      let request = ChatRequest(document: taken.id, question: "What is this text about?", maxTokens: 12)
      let first = try await Self.answer(request, node)
      let second = try await Self.answer(request, node)
      #expect(!first.text.isEmpty && first.text == second.text)
      // Questions at the same time have the answers that they have one after another.
      let other = ChatRequest(document: taken.id, question: "Who has written it?", maxTokens: 9)
      let alone = try await Self.answer(other, node)
      async let one = Self.answer(request, node)
      async let two = Self.answer(other, node)
      #expect(try await one.text == first.text)
      #expect(try await two.text == alone.text)
      #expect((1...12).contains(try #require(first.summary).usage.completionTokens))

      try await node.delete(taken.id)
      #expect(await node.documents().isEmpty)
      #expect(await Self.refusal { try await node.document(taken.id) }?.code == .notFound)
      #expect(await Self.refusal { try await node.events(taken.id) }?.code == .notFound)
      #expect(await Self.refusal { try await node.timeline(taken.id) }?.code == .notFound)
      #expect(await Self.refusal { try await node.delete(taken.id) }?.code == .notFound)
      #expect(await Self.refusal { try await node.answer(request) }?.code == .notFound)
    }
  }

  @Test func everyMethodAnswersOnItsOwnEncoding() async throws {
    try await running { node in
      let bytes = try Self.text(2500)
      let plain = try await node.submit(DocumentSubmission(name: "plain", chunkTokens: 128), bytes: bytes)
      let star = try await node.submit(
        DocumentSubmission(name: "star", chunkTokens: 128, anchor: .chunk),
        bytes: bytes
      )
      for id in [plain.id, star.id] {
        guard case .done? = try await Self.end(of: id, node) else {
          Issue.record("a document was not encoded")
          return
        }
      }
      for (id, policy) in [(plain.id, "best"), (plain.id, "full-attention"), (star.id, "star")] {
        let request = ChatRequest(document: id, question: "Say one word.", policy: policy, maxTokens: 3)
        #expect(try await Self.answer(request, node).summary != nil, "\(policy)")
      }
      // Star attention reads chunks that stand behind an anchor, which these do not.
      let wrong = ChatRequest(document: plain.id, question: "Say one word.", policy: "star", maxTokens: 3)
      #expect(await Self.refusal { try await Self.answer(wrong, node) }?.code == .badInput)
      let unknown = ChatRequest(document: plain.id, question: "Say one word.", policy: "magic")
      let refusal = try #require(await Self.refusal { try await Self.answer(unknown, node) })
      #expect(refusal.code == .badInput && refusal.message.contains("magic"))
    }
  }

  @Test func whatCannotBeTakenIsRefusedAndLeavesNothing() async throws {
    try await running(workers: 0, documentBytes: 40 << 20) { node in
      let short = try Self.text(900)
      #expect(
        await Self.refusal { try await node.submit(DocumentSubmission(name: "x"), bytes: []) }?.code
          == .badInput
      )
      let wide = DocumentSubmission(name: "x", chunkTokens: 1_000_000)
      #expect(await Self.refusal { try await node.submit(wide, bytes: short) }?.code == .badInput)
      let both = DocumentSubmission(name: "x", leftTokens: 16, anchor: .chunk)
      #expect(await Self.refusal { try await node.submit(both, bytes: short) }?.code == .badInput)
      let long = try Self.text(60_000)
      #expect(
        await Self.refusal { try await node.submit(DocumentSubmission(name: "x"), bytes: long) }?.code
          == .tooLarge
      )
      #expect(await node.documents().isEmpty)
      // Each fits alone, and not both.
      let half = try Self.text(4400)
      let first = try await node.submit(DocumentSubmission(name: "first"), bytes: half)
      let second = await Self.refusal {
        try await node.submit(DocumentSubmission(name: "second"), bytes: half)
      }
      #expect(second?.code == .unavailable)
      try await node.delete(first.id)
      _ = try await node.submit(DocumentSubmission(name: "second"), bytes: half)
    }
  }

  @Test func aDocumentThatWaitsForWorkersCannotBeAskedAndEndsWhenDeleted() async throws {
    try await running(workers: 0) { node in
      let taken = try await node.submit(DocumentSubmission(name: "waiting"), bytes: try Self.text(900))
      let request = ChatRequest(document: taken.id, question: "Are you there?")
      let refusal = try #require(await Self.refusal { try await node.answer(request) })
      #expect(refusal.code == .notReady && refusal.message.contains("still being encoded"))
      var events = try await node.events(taken.id).makeAsyncIterator()
      guard case .progress(let progress)? = await events.next() else {
        Issue.record("no state came first")
        return
      }
      #expect(progress.chunksDone == 0 && progress.chunks == taken.chunks && progress.workers == 0)
      #expect(await node.status().chunksQueued == taken.chunks)
      try await node.delete(taken.id)
      #expect(await events.next() == .failed(message: "document \(taken.id) was deleted"))
      #expect(await events.next() == nil)
    }
  }

  /// Loads the model under two names, `first` and `second`: a link for each, in a folder of their own.
  private static func twice() async throws -> [LoadedModel] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "braid-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var loaded: [LoadedModel] = []
    for name in ["first", "second"] {
      let link = folder.appending(path: "\(name).gguf")
      try FileManager.default.createSymbolicLink(
        at: link,
        withDestinationURL: URL(filePath: TestFiles.model())
      )
      let path = link.path(percentEncoded: false)
      loaded.append(try await .load(path: path, compute: .f32, withHead: true, threads: 2))
    }
    return loaded
  }

  @Test func aDocumentBelongsToTheModelThatItsSubmissionNames() async throws {
    let configuration = CoordinatorConfiguration(listen: .freePort, threads: 2, documentBytes: 1 << 30)
    let models = try await Self.twice()
    let node = try CoordinatorNode(loaded: models, configuration: configuration, logger: Self.logger)
    let bytes = try Self.text(900)
    let plain = try await node.submit(DocumentSubmission(name: "a"), bytes: bytes)
    let named = try await node.submit(DocumentSubmission(name: "b", model: "second"), bytes: bytes)
    #expect((plain.model, named.model) == ("first", "second"))
    #expect(named.waiting == "no worker is connected")
    let unknown = await Self.refusal {
      try await node.submit(DocumentSubmission(name: "c", model: "third"), bytes: bytes)
    }
    #expect(unknown?.code == .badInput && unknown?.parameter == "model")
    #expect(unknown?.message == "there is no model \"third\" here: name one of first, second")

    let status = await node.status()
    #expect(status.model == "first" && status.documents == 2)
    #expect(status.models?.map(\.id) == ["first", "second"])
    #expect(status.models?.map(\.documents) == [1, 1] && status.models?.map(\.workers) == [0, 0])

    for (model, code) in [
      (nil, .notReady), ("", .notReady), ("second.gguf", .notReady), ("second", .notReady),
      ("first", .badInput),
      ("third", .badInput),
    ] as [(String?, ServiceError.Code)] {
      var request = ChatRequest(document: named.id, question: "Why?")
      request.model = model
      #expect(await Self.refusal { try await node.answer(request) }?.code == code, "\(model ?? "none")")
    }
    var request = ChatRequest(document: named.id, question: "Why?")
    request.model = "first"
    let refusal = try #require(await Self.refusal { try await node.answer(request) })
    #expect(refusal.message.contains("was encoded by second and cannot be asked with first"))
    // Both files give their model the same name: it says nothing to a submission, and is right for a question.
    let title = models[0].model.configuration.name
    request.model = title
    #expect(await Self.refusal { try await node.answer(request) }?.code == .notReady)
    let both = DocumentSubmission(name: "d", model: title)
    let ambiguous = await Self.refusal { try await node.submit(both, bytes: bytes) }
    #expect(ambiguous?.message.contains("name one of first, second") == true)
    for id in [plain.id, named.id] { try await node.delete(id) }
  }

  @Test func modelsThatCannotBeToldApartAreRefused() async throws {
    let loaded = try await Self.loading.value
    let configuration = CoordinatorConfiguration(listen: .freePort, threads: 2, documentBytes: 1 << 30)
    for models in [[], [loaded, loaded]] {
      #expect(throws: ServiceError.self) {
        try CoordinatorNode(loaded: models, configuration: configuration, logger: Self.logger)
      }
    }
  }
}
