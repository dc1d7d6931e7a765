internal import CommandLineSupport
internal import Subprocess
internal import Testing

extension ProcessTests {
  /// The options that take a number, with the extremes of what can be written as one.
  @Suite("Numbers on the command line")
  struct NumberTests {
    /// A command, with its options that take numbers.
    struct Command: CustomTestStringConvertible, Sendable {
      var words: [String]
      var options: [String]

      init(_ words: String, _ options: String) {
        self.words = words.split(separator: " ").map(String.init)
        self.options = options.split(separator: " ").map(String.init)
      }

      var testDescription: String { words.joined(separator: " ") }
    }

    private static let commands = [
      Command(
        "run a.txt --temperature 1",
        "workers lanes chunk-tokens left max-tokens temperature top-p seed frequency-penalty presence-penalty repeat-penalty"
      ),
      Command(
        "ask d Why? --coordinator http://127.0.0.1:1 --temperature 1",
        "max-tokens temperature top-p repeat-penalty"
      ),
      Command("encode a.txt --coordinator http://127.0.0.1:1", "chunk-tokens left"),
      Command("worker --replay none", "lanes cpus replay-speed replicas"),
      Command("eval perplexity a.txt", "context score chunks segments seed"),
      Command("eval retrieval a.txt", "depths chunk-tokens context trials seed"),
      Command("eval icl a.txt", "chunk-tokens context trials seed"),
      Command("bench encode", "tokens chunk-tokens lanes repetitions llama-prompt"),
      Command("bench query", "context tokens question-tokens chunk-tokens threads repetitions"),
      Command("bench scaling", "workers tokens lanes repetitions lengths chunk-tokens left"),
      Command(
        "bench replay --recording none",
        "workers lanes tokens chunk-tokens recorded-chunks transfer-budget replay-speed"
      ),
      Command("bench wire", "bytes frame-bytes senders repetitions"),
      Command(
        "simulate --tokens 1",
        "workers tokens chunk-tokens left lanes link latency speeds failures restart shared-cores seed tokens-per-second "
          + "bytes-per-token ingest lease-cost room repetitions"
      ),
    ]

    /// The extremes of the options' types, values beyond them, and values that are no numbers.
    private static let values = ["-1", "9223372036854775807", "9223372036854775808", "1e400", "nan", "inf"]

    @Test("No number ends a command by a signal; what is refused is refused by name", arguments: commands)
    func extremes(_ command: Command) async throws {
      for option in command.options {
        for value in Self.values {
          let arguments = command.words + ["--\(option)=\(value)"]
          // Without a model, a command whose numbers pass goes no further.
          let outcome = try await BraidProcess.with(
            arguments,
            environment: ["BRAID_MODEL": "/nonexistent.gguf"],
            stop: false
          ) { _ in }.outcome
          let exits: [CommandExit] = [.done, .usage, .badInput, .unreachable]
          #expect(
            outcome.exit.map(exits.contains) == true,
            "\(arguments): \(outcome.status), \(outcome.errors)"
          )
          guard outcome.exit == .usage else { continue }
          #expect(outcome.errors.contains("--\(option)"), "\(arguments): \(outcome.errors)")
        }
      }
    }

    @Test(
      "Numbers that are possible each by itself and not together are refused",
      arguments: [
        (["simulate", "--workers", "65536", "--lanes", "1024"], "--lanes"),
        (["simulate", "--tokens", "268435456", "--chunk-tokens", "16"], "--chunk-tokens"),
        (
          [
            "bench", "scaling", "--weak", "--coordinator", "127.0.0.1:1", "--workers", "4096", "--tokens",
            "16777216",
          ], "--weak"
        ),
      ]
    )
    func together(_ arguments: [String], _ word: String) async throws {
      let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
      #expect(outcome.exit == .usage, "\(outcome.status): \(outcome.errors)")
      #expect(outcome.errors.contains(word), "\(outcome.errors)")
    }

    @Test("The largest numbers that pass meet the model's own limits")
    func behindTheModel() async throws {
      let model = try Fixtures.model()
      let text = try Fixtures.excerpt(characters: 1_000)
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", text)
        let most = "16777216"
        let cases = [
          ["bench", "replay", "--record-only", "\(folder.path)/r", "--chunk-tokens", most],
          ["bench", "scaling", "--chunk-tokens", most, "--left", most],
          ["bench", "encode", "--chunk-tokens", most, "--tokens", "20000"],
          ["bench", "query", "--tokens", "1048576", "--context", "64"],
          ["bench", "query", "--tokens", "5000", "--context", "8000"],
          ["eval", "perplexity", document, "--context", most, "--score", most],
          ["eval", "retrieval", document, "--chunk-tokens", most, "--context", most],
        ]
        for arguments in cases {
          let outcome = try await BraidProcess.with(arguments + ["--model", model, "-q"], stop: false) { _ in
          }.outcome
          #expect(outcome.exit == .badInput, "\(arguments): \(outcome.status), \(outcome.errors)")
        }
      }
    }

    @Test("An answer may be asked for of any length, with any seed, and the seed that was drawn is told")
    func answers() async throws {
      let model = try Fixtures.model()
      let text = try Fixtures.excerpt(characters: 1_000)
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", text)
        func answer(_ options: String...) async throws -> AnswerReport {
          let arguments = [
            "run", document, "--ask", "What is this text about?", "--model", model, "--format", "json",
            "--stop", ".",
          ]
          let outcome = try await BraidProcess.with(arguments + options, stop: false) { _ in }.outcome
          #expect(outcome.exit == .done, "\(options): \(outcome.status), \(outcome.errors)")
          return try #require(try outcome.json(JobReport.self).answer)
        }
        let greedy = try await answer("--max-tokens", "16777216")
        #expect(greedy.tokens > 0 && greedy.seed == nil)
        let drawn = try await answer("--temperature", "1.5", "--seed", "-1", "--max-tokens", "24")
        let seed = try #require(drawn.seed)
        #expect(
          try await answer("--temperature", "1.5", "--seed", "\(seed)", "--max-tokens", "24").text
            == drawn.text
        )
        let other = try await answer("--temperature", "1.5", "--max-tokens", "24")
        #expect(other.seed != seed && other.text != drawn.text)
      }
    }
  }
}
