internal import APITypes
internal import CommandLineSupport
internal import Testing

extension ProcessTests {
  @Suite("--wire")
  struct WireFormatTests {
    /// Summaries of keys that travel as they are equal those that the coordinator would make. Of coded keys
    /// the workers' summaries know more than the coordinator does.
    @Test("In int8 half the bytes travel, and the answer by the workers' summaries is that without")
    func int8() async throws {
      let text = try Fixtures.excerpt(characters: 6_000)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        @Sendable func run(wire: String, summaries: String) async throws -> JobReport {
          let outcome = try await BraidProcess.run(
            "run",
            path,
            "--model",
            try Fixtures.model(),
            "--chunk-tokens",
            "400",
            "--wire",
            wire,
            "--summaries",
            summaries,
            "--ask",
            "What is this about?",
            "--policy",
            "select=moments:2",
            "--max-tokens",
            "8",
            "--format",
            "json"
          )
          #expect(outcome.exit == .done, "\(outcome.errors)")
          return try outcome.json(JobReport.self)
        }
        let plain = try await run(wire: "bf16", summaries: "none")
        // A token's keys and values in bf16.
        #expect(plain.encode.wireBytes == plain.document.tokens * 23_040)
        let summarised = try await run(wire: "bf16", summaries: "all")
        let summaries = summarised.encode.wireBytes - plain.encode.wireBytes
        #expect(summaries > 0)
        #expect(plain.answer?.text.isEmpty == false && summarised.answer?.text == plain.answer?.text)
        let coded = try await run(wire: "int8", summaries: "all")
        #expect(coded.encode.wire == "int8")
        let share = Double(coded.encode.wireBytes - summaries) / Double(plain.encode.wireBytes)
        #expect((0.5...0.54).contains(share))
        #expect((coded.answer?.tokens ?? 0) > 0)
      }
    }

    @Test("A codec that does not exist is a usage error", arguments: ["run", "encode", "eval perplexity"])
    func unknown(_ command: String) async throws {
      let arguments = command.split(separator: " ").map(String.init) + ["a.txt", "--wire", "int3"]
      let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
      #expect(outcome.exit == .usage, "\(outcome.errors)")
      #expect(outcome.errors.contains("int8"))
    }

    @Test(
      "A summary that does not exist is a usage error",
      arguments: ["run a.txt", "encode a.txt", "coordinator"]
    )
    func unknownSummary(_ command: String) async throws {
      let arguments = command.split(separator: " ").map(String.init) + ["--summaries", "some"]
      let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
      #expect(outcome.exit == .usage, "\(outcome.errors)")
      #expect(outcome.errors.contains("sketch"))
    }
  }
}
