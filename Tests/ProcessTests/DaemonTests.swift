internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Coordinator and workers")
  struct DaemonTests {
    /// The addresses of one coordinator, the same after a restart.
    private struct Cluster: Sendable {
      let control: String
      let http: String
      let model: String

      init() throws {
        control = "tcp://127.0.0.1:\(try System.freePort())"
        http = "127.0.0.1:\(try System.freePort())"
        model = try Fixtures.model()
      }

      var coordinator: [String] {
        ["coordinator", "--listen", control, "--http", http, "--model", model]
      }

      func worker(_ name: String, model: String? = nil) -> [String] {
        ["worker", "--coordinator", control, "--model", model ?? self.model, "--lanes", "1", "--name", name]
      }

      func connected() async throws -> [WorkerStatus] {
        try await CoordinatorClient.with(try CoordinatorURL(parsing: "http://\(http)")) { client in
          try await client.workers().filter { $0.state != .lost }
        }
      }

      /// Waits until workers of these names are connected, and no others.
      func has(_ names: String...) async throws -> Bool {
        try await eventually {
          guard let workers = try? await connected() else { return false }
          return workers.map(\.name).sorted() == names.sorted()
        }
      }

      func encode(_ path: String) async throws -> JobReport {
        let outcome = try await BraidProcess.run(
          "encode",
          path,
          "--coordinator",
          "http://\(http)",
          "--chunk-tokens",
          "512",
          "--format",
          "json"
        )
        #expect(outcome.exit == .done, "\(outcome.errors)")
        return try outcome.json(JobReport.self)
      }

      func ask(_ id: String) async throws -> String {
        let outcome = try await BraidProcess.run(
          "ask",
          id,
          "What is this text about?",
          "--coordinator",
          "http://\(http)",
          "--max-tokens",
          "16"
        )
        #expect(outcome.exit == .done, "\(outcome.errors)")
        return outcome.output
      }
    }

    @Test("They start in any order; a worker may be killed while encoding, and either side restarted")
    func anyOrder() async throws {
      let cluster = try Cluster()
      let text = try Fixtures.excerpt(characters: 24_000)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        // The left worker is there before its coordinator.
        _ = try await BraidProcess.with(cluster.worker("left")) { _ in
          let first = try await BraidProcess.with(cluster.coordinator) { _ in
            #expect(try await cluster.has("left"))
            let answer = try await cluster.ask(try #require(try await cluster.encode(path).id))
            // The right one comes later and is killed at work.
            let bereaved = try await BraidProcess.with(cluster.worker("right"), stop: false) { worker in
              #expect(try await cluster.has("left", "right"))
              async let report = cluster.encode(path)
              let isBusy = try await eventually {
                try await cluster.connected().contains { $0.name == "right" && $0.state == .busy }
              }
              #expect(isBusy)
              worker.send(SIGKILL)
              return try await report
            }.result
            #expect(try await cluster.ask(try #require(bereaved.id)) == answer)
            return answer
          }
          #expect(first.outcome.exit == .interrupted, "\(first.outcome.errors)")
          // A new coordinator at the same address finds the left worker again, and a new right one.
          let second = try await BraidProcess.with(cluster.coordinator) { _ in
            try await BraidProcess.with(cluster.worker("right")) { _ in
              #expect(try await cluster.has("left", "right"))
              return try await cluster.ask(try #require(try await cluster.encode(path).id))
            }.result
          }
          #expect(second.result == first.result)
        }
      }
    }

    @Test("Ports in use, another model and no document are refused with a sentence")
    func refusals() async throws {
      let cluster = try Cluster()
      let bytes = try Fixtures.read(cluster.model)
      try await TemporaryFolder.with { folder in
        // The same model with another hash: bytes after the last tensor change nothing else.
        let other = try folder.file("other.gguf", bytes + [0])
        _ = try await BraidProcess.with(cluster.coordinator) { _ in
          #expect(try await eventually { (try? await cluster.connected()) != nil })

          let elsewhere = "127.0.0.1:\(try System.freePort())"
          let sameHTTP = try await BraidProcess.run(
            "coordinator",
            "--quiet",
            "--listen",
            "tcp://\(elsewhere)",
            "--http",
            cluster.http,
            "--model",
            cluster.model
          )
          #expect(sameHTTP.exit == .failed, "\(sameHTTP.errors)")
          #expect(
            sameHTTP.errorLines.count == 1 && sameHTTP.errors.contains(cluster.http),
            "\(sameHTTP.errors)"
          )
          let sameControl = try await BraidProcess.run(
            "coordinator",
            "--quiet",
            "--listen",
            cluster.control,
            "--http",
            elsewhere,
            "--model",
            cluster.model
          )
          #expect(sameControl.exit == .failed, "\(sameControl.errors)")
          #expect(sameControl.errors.contains(cluster.control), "\(sameControl.errors)")

          let stranger = try await BraidProcess.with(
            cluster.worker("stranger", model: other) + ["--quiet"],
            stop: false
          ) { _ in }.outcome
          #expect(stranger.exit == .badInput, "\(stranger.errors)")
          #expect(stranger.errorLines.count == 1)
          for model in [cluster.model, other] {
            let info = try await BraidProcess.run(
              "model",
              "info",
              model,
              "--no-measurement",
              "--format",
              "json"
            ).json(ModelInfo.self)
            let digest = try #require(info.sha256)
            #expect(stranger.errors.contains(digest.prefix(8)), "\(stranger.errors)")
          }

          let nothing = try await BraidProcess.run(
            "ask",
            "no-such-id",
            "Why?",
            "--coordinator",
            "http://\(cluster.http)"
          )
          #expect(nothing.exit == .badInput)
          #expect(nothing.errorLines.count == 1 && nothing.errors.contains("no-such-id"), "\(nothing.errors)")
        }
      }
    }

    @Test("The variable with the token is demanded of workers, as the file is")
    func tokenInTheEnvironment() async throws {
      let cluster = try Cluster()
      let secret = ["BRAID_TOKEN": "a-secret"]
      _ = try await BraidProcess.with(cluster.coordinator, environment: secret) { _ in
        #expect(try await eventually { (try? await cluster.connected()) != nil })
        let stranger = try await BraidProcess.with(cluster.worker("stranger") + ["--quiet"], stop: false) {
          _ in
        }
        #expect(stranger.outcome.exit == .unauthorised, "\(stranger.outcome.errors)")
        _ = try await BraidProcess.with(cluster.worker("friend"), environment: secret) { _ in
          let isIn = try await cluster.has("friend")
          #expect(isIn)
        }
      }
    }

    @Test("A worker without the token is not authorised")
    func token() async throws {
      let cluster = try Cluster()
      try await TemporaryFolder.with { folder in
        let right = try folder.file("right", Array("a-secret\n".utf8))
        let wrong = try folder.file("wrong", Array("a-guess\n".utf8))
        _ = try await BraidProcess.with(cluster.coordinator + ["--token-file", right]) { _ in
          #expect(try await eventually { (try? await cluster.connected()) != nil })
          let stranger = try await BraidProcess.with(
            cluster.worker("stranger") + ["--token-file", wrong, "--quiet"],
            stop: false
          ) { _ in }.outcome
          #expect(stranger.exit == .unauthorised, "\(stranger.errors)")
          #expect(!stranger.errors.contains("a-secret"))
          _ = try await BraidProcess.with(cluster.worker("friend") + ["--token-file", right]) { _ in
            let isIn = try await cluster.has("friend")
            #expect(isIn)
          }
        }
      }
    }
  }
}
