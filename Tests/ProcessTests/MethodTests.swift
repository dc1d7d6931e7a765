internal import APITypes
internal import CommandLineSupport
internal import Subprocess
internal import Testing

extension ProcessTests {
  @Suite("Methods of reading")
  struct MethodTests {
    private func arguments(_ document: String, _ policy: String) throws -> [String] {
      [
        "run", document, "--ask", "What is this text about?", "--model", try Fixtures.model(), "--lanes", "1",
        "--chunk-tokens", "256", "--max-tokens", "4", "--format", "json", "--policy", policy,
      ]
    }

    @Test(
      "A run encodes as its method demands, and answers by it",
      arguments: [
        ("naive", 0, nil), ("best,left=32", 1, nil), ("lego-link", 1, nil),
        ("full-attention", 1, "full-attention"),
        ("attention-entropy", 1, nil), ("star", 1, nil), ("star,anchor=64", 1, nil),
      ] as [(String, Int, String?)]
    )
    func run(_ policy: String, _ sinks: Int, _ told: String?) async throws {
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", try Fixtures.excerpt(characters: 3_000))
        let outcome = try await BraidProcess.with(try arguments(document, policy), stop: false) { _ in }
          .outcome
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let report = try outcome.json(JobReport.self)
        #expect(min(1, report.document.sinkTokens) == sinks)
        #expect((report.answer?.tokens ?? 0) > 0)
        if let told { #expect(report.answer?.policy == told && report.answer?.entropyNats == nil) }
      }
    }

    @Test(
      "Options that contradict a method, and what was removed, are refused",
      arguments: [
        (["--policy", "paper", "--left", "64"], CommandExit.usage, "leave out --left"),
        (["--policy", "star", "--left", "64"], .usage, "leave out --left"),
        (["--policy", "star", "--anchor", "64"], .usage, "leave out --anchor"),
        (["--policy", "best", "--anchor", "64", "--left", "64"], .usage, "--anchor and --left"),
        (["--policy", "naive", "--sink", "bos"], .usage, "leave out --sink"),
        (["--policy", "placement=packed"], .badInput, "was removed"),
      ] as [([String], CommandExit, String)]
    )
    func refused(_ options: [String], _ exit: CommandExit, _ words: String) async throws {
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", try Fixtures.excerpt(characters: 300))
        let outcome = try await BraidProcess.with(
          ["run", document, "--model", try Fixtures.model()] + options,
          stop: false
        ) { _ in }.outcome
        #expect(outcome.exit == exit && outcome.errors.contains(words), "\(outcome.errors)")
      }
    }
  }
}
