internal import APITypes
internal import CommandLineSupport
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Recording and replaying")
  struct ReplayTests {
    /// A part of the output of `bench replay`.
    private struct Bench: Decodable {
      var replayed: Bool
      var workers: Int
      var lanes: Int
      var chunks: Int
      var committed: Int
      var duplicates: Int
      var lost: Int
      var ingest_gigabytes_per_second: Double
      var wire_gigabytes_per_second: Double
      var ingest_share: Double
      var lease_p99_seconds: Double
      var peak_resident_bytes: Int
      var memory_budget_bytes: Int
    }

    @Test("A recorded document is replayed without a model, and every output says so")
    func recordThenReplay() async throws {
      let control = "tcp://127.0.0.1:\(try System.freePort())"
      let http = "127.0.0.1:\(try System.freePort())"
      let model = try Fixtures.model()
      let text = try Fixtures.excerpt(characters: 12_000)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        let other = try folder.file("b.txt", text.reversed().filter { $0 < 128 })
        try await TemporaryFolder.with { recording in
          let encode = [
            "encode", path, "--coordinator", "http://\(http)", "--chunk-tokens", "512", "--wire", "int8",
            "--format", "json",
          ]
          @Sendable func run(_ arguments: [String]) async throws -> Outcome {
            try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
          }
          @Sendable func workersAre(_ count: Int) async throws -> Bool {
            try await eventually {
              let workers = try? await CoordinatorClient.with(try CoordinatorURL(parsing: "http://\(http)")) {
                try await $0.workers().filter { $0.state != .lost }
              }
              return workers?.count == count
            }
          }
          let coordinator = ["coordinator", "--listen", control, "--http", http, "--model", model]
          _ = try await BraidProcess.with(coordinator) { _ in
            let worker = ["worker", "--coordinator", control, "--lanes", "1"]
            let real = try await BraidProcess.with(worker + ["--model", model, "--record", recording.path]) {
              _ -> JobReport in
              #expect(try await workersAre(1))
              let outcome = try await run(encode)
              #expect(outcome.exit == .done, "\(outcome.errors)")
              return try outcome.json(JobReport.self)
            }.result
            #expect(real.replayed == nil)
            // Recorded chunks are not coded in place, whatever was asked for. They have summaries.
            #expect(real.encode.wire == "bf16")
            #expect(real.encode.wireBytes > real.document.tokens * 23_040)
            #expect(try await workersAre(0))
            let replay = worker + ["--replay", recording.path, "--replicas", "3"]
            let (_, replayed) = try await BraidProcess.with(replay) { _ in
              #expect(try await workersAre(3))
              let outcome = try await run(encode)
              #expect(outcome.exit == .done, "\(outcome.errors)")
              let report = try outcome.json(JobReport.self)
              #expect(report.replayed == true)
              #expect(report.document == real.document)
              #expect(report.encode.wireBytes == real.encode.wireBytes)
              let workers = try await run(["workers", "--coordinator", "http://\(http)"])
              #expect(workers.output.contains("REPLAY of"))
              let status = try await run(["status", "--coordinator", "http://\(http)", "--format", "json"])
              #expect(try status.json(CoordinatorStatus.self).workersReplayed == 3)
              // A chunk that was not recorded fails with the reason.
              let missing = try await run(["encode", other] + encode.dropFirst(2))
              #expect(missing.exit == .failed)
              #expect(missing.errors.contains("was not recorded"), "\(missing.errors)")
            }
            #expect(replayed.errors.contains("REPLAY ready"), "\(replayed.errors)")
          }
        }
      }
    }

    @Test("bench replay commits every chunk once and prints what it measured")
    func bench() async throws {
      let outcome = try await BraidProcess.run(
        "bench",
        "replay",
        "--model",
        try Fixtures.model(),
        "--workers",
        "4",
        "--lanes",
        "3",
        "--tokens",
        "8192",
        "--chunk-tokens",
        "128",
        "--recorded-chunks",
        "3",
        "--format",
        "json"
      )
      #expect(outcome.exit == .done, "\(outcome.errors)")
      let report = try outcome.json(Bench.self)
      #expect(report.replayed && report.workers == 4 && report.lanes == 12)
      #expect(report.chunks == 64 && report.committed == 64)
      #expect(report.duplicates == 0 && report.lost == 0)
      #expect(report.ingest_gigabytes_per_second > 0 && report.wire_gigabytes_per_second > 0)
      #expect(report.ingest_share > 0 && report.lease_p99_seconds > 0)
      #expect(report.peak_resident_bytes > 0 && report.peak_resident_bytes <= report.memory_budget_bytes)
    }

    @Test("A folder that holds no recording is refused", arguments: ["nothing", "model"])
    func noRecording(kind: String) async throws {
      try await TemporaryFolder.with { folder in
        if kind == "model" { _ = try folder.file("model", [1, 2, 3]) }
        let outcome = try await BraidProcess.run("worker", "--replay", folder.path)
        #expect(outcome.exit == .badInput)
        #expect(outcome.errors.contains("recording"), "\(outcome.errors)")
      }
    }

    @Test("Flags that contradict each other are refused")
    func flags() async throws {
      for arguments in [
        ["--record", "a", "--replay", "b"], ["--replicas", "2"], ["--replay-any"],
        ["--replay", "a", "--replay-speed", "-1"], ["--replay", "a", "--replicas", "0"],
      ] {
        let outcome = try await BraidProcess.with(["worker"] + arguments, stop: false) { _ in }.outcome
        #expect(outcome.exit == .usage, "\(arguments)")
      }
    }
  }
}
