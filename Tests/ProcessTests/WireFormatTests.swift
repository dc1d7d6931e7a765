internal import APITypes
internal import CommandLineSupport
internal import Testing

extension ProcessTests {
  @Suite("--wire")
  struct WireFormatTests {
    @Test("In int8 half the bytes travel, and the answer can be read")
    func int8() async throws {
      let text = try Fixtures.excerpt(characters: 6_000)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        let outcome = try await BraidProcess.run(
          "run",
          path,
          "--model",
          try Fixtures.model(),
          "--chunk-tokens",
          "400",
          "--wire",
          "int8",
          "--ask",
          "What is this about?",
          "--max-tokens",
          "4",
          "--format",
          "json"
        )
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let report = try outcome.json(JobReport.self)
        #expect(report.encode.wire == "int8")
        // A token's keys and values in bf16.
        let plain = report.document.tokens * 23_040
        #expect((0.5...0.54).contains(Double(report.encode.wireBytes) / Double(plain)))
        #expect((report.answer?.tokens ?? 0) > 0)
      }
    }

    @Test("A codec that does not exist is a usage error", arguments: ["run", "encode", "eval perplexity"])
    func unknown(_ command: String) async throws {
      let arguments = command.split(separator: " ").map(String.init) + ["a.txt", "--wire", "int3"]
      let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
      #expect(outcome.exit == .usage, "\(outcome.errors)")
      #expect(outcome.errors.contains("int8"))
    }
  }
}
