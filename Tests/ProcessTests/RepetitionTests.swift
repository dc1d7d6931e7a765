internal import CommandLineSupport
internal import Testing

extension ProcessTests {
  @Suite("Repetition in answers")
  struct RepetitionTests {
    /// Returns how many times the most frequent three words in a row occur.
    private static func repetitions(_ text: String) -> Int {
      let words = text.split(whereSeparator: \.isWhitespace)
      let runs = zip(zip(words, words.dropFirst()), words.dropFirst(2)).map { "\($0.0) \($0.1) \($1)" }
      return Dictionary(runs.map { ($0, 1) }, uniquingKeysWith: +).values.max() ?? 0
    }

    @Test("An answer does not say one thing until it is cut, unless exact greedy choice is asked for")
    func loops() async throws {
      let model = try Fixtures.model()
      let text = try Fixtures.excerpt(characters: 2_000)
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", text)
        func answers(_ options: String...) async throws -> [AnswerReport] {
          let arguments = [
            "run", document, "--ask", "What is this text about?", "--ask",
            "What is the Debian Package Tracker?",
            "--model", model, "--max-tokens", "100", "--format", "json",
          ]
          let outcome = try await BraidProcess.with(arguments + options, stop: false) { _ in }.outcome
          #expect(outcome.exit == .done, "\(outcome.errors)")
          return try outcome.json(JobReport.self).answers ?? []
        }
        let usual = try await answers()
        let exact = try await answers("--repeat-penalty", "1")
        #expect(usual.count == 2 && exact.count == 2)
        #expect(usual.allSatisfy { Self.repetitions($0.text) <= 3 }, "\(usual.map(\.text))")
        #expect(exact.contains { Self.repetitions($0.text) > 3 }, "\(exact.map(\.text))")
        #expect(usual.allSatisfy { $0.seed == nil })
      }
    }
  }
}
