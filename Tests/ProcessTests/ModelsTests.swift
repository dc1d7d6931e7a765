internal import APITypes
internal import CommandLineSupport
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Several models")
  struct ModelsTests {
    private static let question = "What is this text about?"

    /// Returns the text of an answer.
    private static func answer(_ client: CoordinatorClient, _ id: String, model: String? = nil) async throws
      -> String
    {
      var request = ChatRequest(document: id, question: question, maxTokens: 8)
      request.model = model
      var text = ""
      for try await event in try await client.answer(request) {
        if case .delta(let delta) = event { text += delta.content ?? "" }
      }
      return text
    }

    @Test("A coordinator serves two models; a document waits for a worker that has its own")
    func twoModels() async throws {
      let control = "tcp://127.0.0.1:\(try System.freePort())"
      let http = "127.0.0.1:\(try System.freePort())"
      let bytes = try Fixtures.read(try Fixtures.model())
      let text = try Fixtures.excerpt(characters: 6000)
      func worker(_ name: String, _ models: String...) -> [String] {
        ["worker", "--coordinator", control, "--lanes", "1", "--name", name]
          + models.flatMap { ["--model", $0] }
      }
      try await TemporaryFolder.with { folder in
        // The same weights with another hash: bytes after the last tensor change nothing else.
        let small = try folder.file("small.gguf", bytes)
        let other = try folder.file("other.gguf", bytes + [0])
        let stranger = try folder.file("stranger.gguf", bytes + [0, 0])
        let coordinator = [
          "coordinator", "--listen", control, "--http", http, "--model", small, "--model", other,
        ]
        let (one, both) = (worker("one", small), worker("both", other, small))
        let refused = worker("stranger", stranger) + ["--quiet"]
        _ = try await BraidProcess.with(coordinator) { _ in
          try await CoordinatorClient.with(try CoordinatorURL(parsing: "http://\(http)")) { client in
            #expect(
              try await eventually { (try? await client.status().models?.map(\.id)) == ["small", "other"] }
            )
            let outcome = try await BraidProcess.with(refused, stop: false) { _ in }.outcome
            #expect(outcome.exit == .badInput && outcome.errors.contains(" or "), "\(outcome.errors)")

            _ = try await BraidProcess.with(one) { _ in
              #expect(try await eventually { try await client.status().workers == 1 })
              let submission = DocumentSubmission(name: "b", model: "other", chunkTokens: 512)
              let waiting = try await client.submit(submission, bytes: text)
              #expect(waiting.model == "other")
              let first = try await client.submit(
                DocumentSubmission(name: "a", chunkTokens: 512),
                bytes: text
              )
              #expect(first.model == "small" && first.waiting == nil)
              // Behind a document that nobody can encode.
              #expect(try await eventually { try await client.document(first.id).state == .ready })
              let status = try await client.document(waiting.id)
              #expect(status.state == .queued && status.chunksDone == 0)
              #expect(status.waiting == "no connected worker has its model, other")
              #expect(try await client.status().models?.map(\.workers) == [1, 0])

              _ = try await BraidProcess.with(both) { _ in
                #expect(try await eventually { try await client.document(waiting.id).state == .ready })
                let workers = try await client.workers()
                #expect(workers.first { $0.name == "both" }?.models == ["small", "other"])
                let encoders = Set(try await client.timeline(waiting.id).chunks.map(\.worker))
                #expect(encoders == Set(workers.filter { $0.name == "both" }.map(\.id)))

                // The weights are the same, so the answers are.
                let answer = try await Self.answer(client, first.id)
                #expect(!answer.isEmpty)
                #expect(try await Self.answer(client, waiting.id, model: "other") == answer)
                for (model, word) in [("small", "was encoded by other"), ("gpt", "name one of small, other")]
                {
                  let error = await #expect(throws: ServiceError.self) {
                    _ = try await Self.answer(client, waiting.id, model: model)
                  }
                  #expect(error?.code == .badInput && error?.message.contains(word) == true)
                }
              }
            }
          }
        }
      }
    }

    @Test("Models that cannot be told apart, or not be had, are refused")
    func refusals() async throws {
      let model = try Fixtures.model()
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", Array("Some text.".utf8))
        for command in ["coordinator", "worker"] {
          let twice = try await BraidProcess.run(command, "--quiet", "--model", model, "--model", model)
          #expect(twice.exit == .usage && twice.errors.contains("twice"), "\(twice.errors)")
          let missing = try await BraidProcess.run(
            command,
            "--quiet",
            "--model",
            model,
            "--model",
            "\(path)x"
          )
          #expect(missing.exit == .badInput && missing.errors.contains("a.txtx"), "\(missing.errors)")
        }
        let recorded = try await BraidProcess.run(
          "worker",
          "--quiet",
          "--record",
          folder.path,
          "--model",
          model,
          "--model",
          path
        )
        #expect(recorded.exit == .usage && recorded.errors.contains("--record"), "\(recorded.errors)")
      }
    }
  }
}
