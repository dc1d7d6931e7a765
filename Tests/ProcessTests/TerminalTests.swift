internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Text from outside on a terminal")
  struct TerminalTests {
    private static let evil = "x\n\u{1B}]0;braid: done\u{7}\u{9B}2J\u{202E}"

    /// Expects outputs without anything that a terminal acts on, and of this number of lines.
    private func expectHarmless(_ outcome: Outcome, lines: Int? = nil, says word: String) {
      for text in [outcome.output, outcome.errors] {
        let isHarmless = text.unicodeScalars.allSatisfy { scalar in
          scalar == "\n" || scalar.value >= 0x20 && !(0x7F..<0xA0 ~= scalar.value) && scalar.value != 0x202E
        }
        #expect(isHarmless, "\(text.debugDescription)")
      }
      let all = outcome.output + outcome.errors
      #expect(all.contains(word), "\(all)")
      if let lines { #expect(all.split(separator: "\n").count == lines, "\(all)") }
    }

    @Test("Names in model files, of files and in options are written out", .timeLimit(.minutes(1)))
    func names() async throws {
      var model = try EditedModel()
      let name = "Smollm2 135M 8k Lc100K Mix1 Ep2"
      try model.replace(name, with: "\u{1B}[2J\n\u{7F}" + name.dropFirst(6))
      let (header, size) = (model.header, model.size)
      try await TemporaryFolder.with { folder in
        let plain = try folder.file("plain.gguf", header)
        try #require(truncate(plain, off_t(size)) == 0)
        let first = try await BraidProcess.run("model", "info", "--no-measurement", plain)
        let lines = first.output.split(separator: "\n").count
        let path = try folder.file("\(Self.evil).gguf", header)
        try #require(truncate(path, off_t(size)) == 0)
        let info = try await BraidProcess.run("model", "info", "--no-measurement", path)
        #expect(info.exit == .done)
        expectHarmless(info, lines: lines, says: "\\u{1B}[2J\\n\\u{7F}")
        #expect(info.output.contains("x\\n\\u{1B}]0;"))

        expectHarmless(try await BraidProcess.run("model", "info", "\(path)x"), lines: 1, says: "\\u{1B}]0;")
        expectHarmless(try await BraidProcess.run("run", Self.evil), lines: 1, says: "\\u{9B}2J")
        expectHarmless(
          try await BraidProcess.run("run", "x", "--wire", Self.evil),
          lines: 1,
          says: "\\u{202E}"
        )
        expectHarmless(try await BraidProcess.run("status", Self.evil), lines: 1, says: "\\u{07}")
      }
    }

    @Test("A document's name cannot forge a line of the table", .timeLimit(.minutes(2)))
    func documents() async throws {
      let http = "127.0.0.1:\(try System.freePort())"
      let arguments = [
        "coordinator", "--listen", "tcp://127.0.0.1:0", "--http", http, "--model", try Fixtures.model(),
      ]
      _ = try await BraidProcess.with(arguments) { _ in
        let url = try CoordinatorURL(parsing: "http://\(http)")
        let isUp = try await eventually {
          (try? await CoordinatorClient.with(url) { try await $0.documents() }) != nil
        }
        try #require(isUp)
        _ = try await CoordinatorClient.with(url) {
          try await $0.submit(DocumentSubmission(name: Self.evil), bytes: Array("Some words.\n".utf8))
        }
        expectHarmless(
          try await BraidProcess.run("documents", "--coordinator", "http://\(http)"),
          lines: 2,
          says: "x\\n\\u{1B}]0;braid: done\\u{07}\\u{9B}2J\\u{202E}"
        )
        let json = try await BraidProcess.run(
          "documents",
          "--coordinator",
          "http://\(http)",
          "--format",
          "json"
        )
        expectHarmless(json, lines: 1, says: "\\u001b")
        #expect(try json.json([DocumentStatus].self).map(\.name) == [Self.evil])
      }
    }
  }
}
