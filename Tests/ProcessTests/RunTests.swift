internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import Subprocess
internal import Testing

extension ProcessTests {
  @Suite("braid run")
  struct RunTests {
    private static let question = "What is this text about?"

    /// Returns arguments for a short document, greedy answers, and one lane a worker.
    private func arguments(_ document: String, workers: Int) throws -> [String] {
      [
        "run", document, "--ask", Self.question, "--model", try Fixtures.model(), "--workers", "\(workers)",
        "--lanes", "1", "--chunk-tokens", "512", "--max-tokens", "16", "--format", "json",
      ]
    }

    @Test("It prints one JSON object with the documented keys and leaves no process behind")
    func json() async throws {
      var text = try Fixtures.excerpt(characters: 12_000)
      text += [0xC3, 0x28, 0x0A]
      let bytes = text
      try await TemporaryFolder.with { folder in
        let arguments = try arguments(try folder.file("a.txt", bytes), workers: 2)
        let (mark, outcome) = try await BraidProcess.with(arguments, stop: false) { $0.mark }
        #expect(outcome.exit == .done, "\(outcome.errors)")
        #expect(outcome.output.split(separator: "\n").count == 1)
        let report = try outcome.json(JobReport.self)
        #expect((2000...5000).contains(report.document.tokens))
        #expect(report.document.chunks >= 4)
        #expect(report.encode.tokensPerSecond > 0 && report.encode.wireBytes > 0)
        #expect(report.encode.computeSecondsMax <= report.encode.seconds)
        #expect(report.encode.waitSeconds > 0)
        // It is some hundredths above 1 on a quiet machine.
        #expect((1..<1.5).contains(report.encode.wallOverCompute ?? 0), "\(report.encode)")
        #expect(report.workers.map(\.chunks).reduce(0, +) == report.document.chunks)
        #expect(report.answer?.question == Self.question)
        #expect((1...16).contains(report.answer?.tokens ?? 0))
        #expect(report.answer?.text.isEmpty == false)
        #expect((report.answer?.timeToFirstTokenSeconds ?? 0) > 0)
        #expect(report.replacedInvalidBytes == 1)
        #expect(outcome.errors.contains("UTF-8"))
        #expect(System.processes(marked: mark).isEmpty)
      }
    }

    @Test("Workers end with their parent, however it ends", arguments: [SIGKILL, SIGINT, SIGTERM])
    func noWorkerIsLeft(_ signal: Int32) async throws {
      let text = try Fixtures.excerpt(characters: 100_000)
      try await TemporaryFolder.with { folder in
        let arguments = try arguments(try folder.file("a.txt", text), workers: 2)
        let (mark, outcome) = try await BraidProcess.with(arguments, stop: false) { process in
          let isEncoding = try await eventually {
            process.children.count == 2 && process.errors.contains("encoding: ")
          }
          #expect(isEncoding, "\(process.errors)")
          try await Task.sleep(for: .seconds(2))
          process.send(signal)
          return process.mark
        }
        #expect(try await eventually(within: .seconds(5)) { System.processes(marked: mark).isEmpty })
        if signal == SIGKILL {
          #expect(outcome.status == .signaled(SIGKILL))
        } else {
          #expect(outcome.exit == .interrupted)
          #expect(outcome.errorLines.last == "braid: Interrupted.")
        }
        #expect(outcome.output.isEmpty)
      }
    }

    @Test("Answers are the same token by token, with one worker, with two, and after a worker was killed")
    func sameAnswer() async throws {
      let text = try Fixtures.excerpt(characters: 24_000)
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", text)
        let alone = try await BraidProcess.with(try arguments(document, workers: 1), stop: false) { _ in }
          .outcome
        let together = try await BraidProcess.with(try arguments(document, workers: 2), stop: false) { _ in }
          .outcome
        let bereaved = try await BraidProcess.with(try arguments(document, workers: 2), stop: false) {
          process in
          let hasBegun = try await eventually { process.errors.contains(#/encoding: [1-9]/#) }
          #expect(hasBegun, "\(process.errors)")
          if let worker = process.children.first { kill(worker, SIGKILL) }
        }.outcome
        let reports = try [alone, together, bereaved].map { try $0.json(JobReport.self) }
        let answers = reports.compactMap(\.answer)
        #expect(answers.count == 3)
        #expect(answers.allSatisfy { $0.tokens > 0 })
        #expect(Set(answers.map(\.text)).count == 1, "\(answers.map(\.text))")
        #expect(Set(answers.map(\.tokens)).count == 1)
        #expect(bereaved.errors.contains("signal 9"), "\(bereaved.errors)")
        #expect(reports.map { $0.encode.retries > 0 } == [false, false, true])
      }
    }

    @Test("An answer is explained by shares of attention and by passages of the document")
    func explained() async throws {
      let text = try Fixtures.excerpt(characters: 4_000)
      try await TemporaryFolder.with { folder in
        let arguments = try arguments(try folder.file("a.txt", text), workers: 1) + ["--explain"]
        let outcome = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let report = try outcome.json(JobReport.self)
        #expect((2...4).contains(report.document.chunks))
        let explanation = try #require(report.answer?.explanation)
        #expect(explanation.layers.count == 30)
        for layer in explanation.layers {
          let chunks = layer.chunks.reduce(0) { $0 + $1.share }
          // No chunk is left out here, so that nothing else can have had attention.
          #expect(abs(layer.sink + layer.tail + layer.rest + chunks - 1) < 1e-3, "\(layer)")
          #expect(layer.chunks.allSatisfy { $0.used > 0 && $0.used <= 1 }, "\(layer)")
        }
        let document = String(decoding: text, as: UTF8.self)
        for passage in explanation.passages {
          #expect(document.contains(passage.text) && !passage.text.isEmpty)
          // The last chunk may be too short for so many tokens.
          let isLong = passage.lastToken - passage.firstToken > 100
          #expect(passage.text.count == 200 || !isLong, "\(passage)")
          #expect(passage.lastToken < report.document.tokens)
        }
        #expect(!explanation.passages.isEmpty)

        let short = try folder.file("b.txt", Array(text.prefix(300)))
        let told = try await BraidProcess.run(
          "run",
          short,
          "--ask",
          Self.question,
          "--explain",
          "--model",
          try Fixtures.model(),
          "--lanes",
          "1",
          "--max-tokens",
          "4"
        )
        #expect(told.exit == .done, "\(told.errors)")
        #expect(told.errors.contains("\nchunk 0, tokens 0 to "), "\(told.errors)")
        #expect(!told.output.contains("chunk 0"))
      }
    }

    @Test("An answer ends before a stop text")
    func stopText() async throws {
      let text = try Fixtures.excerpt(characters: 4_000)
      try await TemporaryFolder.with { folder in
        let arguments = try arguments(try folder.file("a.txt", text), workers: 1)
        let whole = try await BraidProcess.with(arguments, stop: false) { _ in }.outcome
          .json(JobReport.self).answer
        let words = try #require(whole?.text).split(separator: " ")
        try #require(words.count >= 6)
        let stop = "\(words[3]) \(words[4])"
        let cut = try await BraidProcess.with(
          arguments + ["--stop", "none such", "--stop", stop],
          stop: false
        ) { _ in }.outcome.json(JobReport.self).answer
        let end = try #require(whole?.text.firstRange(of: stop)?.lowerBound)
        #expect(cut?.text == whole.map { String($0.text[..<end]) })
        #expect((cut?.tokens ?? 0) < (whole?.tokens ?? 0))
      }
    }

    @Test("A document with too few chunks for the lanes is cut into smaller ones, and the summary says so")
    func smallDocument() async throws {
      let text = try Fixtures.excerpt(characters: 2_800)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        let outcome = try await BraidProcess.run(
          "run",
          path,
          "--model",
          try Fixtures.model(),
          "--workers",
          "2",
          "--lanes",
          "1",
          "--format",
          "json"
        )
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let report = try outcome.json(JobReport.self)
        #expect((600...900).contains(report.document.tokens))
        #expect(report.document.chunks == 2 && report.document.chunksShrunk)
        #expect(report.document.chunkTokens == (report.document.tokens + 1) / 2)
      }
    }

    @Test("Chunks of 1, 7 and 8,100 tokens work", arguments: [(1, 100), (7, 300), (8_100, 33_000)])
    func chunkSizes(_ tokens: Int, _ characters: Int) async throws {
      let text = try Fixtures.excerpt(characters: characters)
      try await TemporaryFolder.with { folder in
        let path = try folder.file("a.txt", text)
        let outcome = try await BraidProcess.run(
          "run",
          path,
          "--model",
          try Fixtures.model(),
          "--chunk-tokens",
          "\(tokens)",
          "--ask",
          Self.question,
          "--max-tokens",
          "4",
          "--format",
          "json"
        )
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let report = try outcome.json(JobReport.self)
        #expect(report.document.chunkTokens == tokens && !report.document.chunksShrunk)
        #expect(report.document.chunks >= (report.document.tokens + tokens - 1) / tokens)
        #expect(report.document.tokens > tokens || tokens > 8_000)
        #expect((report.answer?.tokens ?? 0) > 0)
      }
    }
  }
}
