internal import CommandLineSupport
internal import Testing

extension ProcessTests {
  @Suite("Memory")
  struct MemoryTests {
    /// The part of the report of `bench encode` that is looked at.
    private struct Report: Decodable {
      var weights: Int
      var peak: Int

      private enum CodingKeys: String, CodingKey {
        case weights = "weight_bytes"
        case peak = "peak_bytes"
      }
    }

    @Test("A process that encodes takes little more than the packed weights, loading included")
    func peak() async throws {
      let run = try await BraidProcess.run(
        "bench",
        "encode",
        "--model",
        try Fixtures.model(),
        "--tokens",
        "512",
        "--chunk-tokens",
        "256",
        "--lanes",
        "2",
        "--repetitions",
        "1",
        "--format",
        "json"
      )
      #expect(run.exit == .done, "\(run.errors)")
      let report = try run.json(Report.self)
      // A byte at least for each weight of the linear layers.
      #expect(report.weights > 106_000_000)
      #expect(report.peak >= report.weights)
      // The embedding table, the lanes, the program, and what loading takes for a while.
      #expect(report.peak <= report.weights + report.weights / 100 * 15 + 300_000_000, "\(report)")
    }

    @Test(
      "A model that does not fit is refused before it is read",
      arguments: ["worker", "coordinator", "run"]
    )
    func refusal(_ command: String) async throws {
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", try Fixtures.excerpt(characters: 600))
        let own = [
          "worker": ["--lanes", "2"], "run": [path, "--lanes", "2"],
          "coordinator": ["--listen", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"],
        ]
        let arguments =
          [command] + (own[command] ?? []) + ["--model", try Fixtures.model(), "--compute", "f32"]
        for (flags, environment) in [(["--memory", "150MB"], [:]), ([], ["BRAID_MEMORY": "150MB"])] {
          let run = try await BraidProcess.with(arguments + flags, environment: environment, stop: false) {
            _ in
          }
          .outcome
          #expect(run.exit == .badInput, "\(run.errors)")
          let line = run.errorLines.last ?? ""
          #expect(line.contains("in f32 needs"), "\(run.errors)")
          #expect(line.contains("are left of the memory it was given (--memory)"), "\(run.errors)")
        }
      }
    }
  }
}
