internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import HTTPClient
internal import Testing

extension ProcessTests {
  @Suite("Model files", .timeLimit(.minutes(1)))
  struct ModelFileTests {
    /// Returns the refusals of a model by the commands that take one.
    private func refusals(_ path: String, document: String) async throws -> [Outcome] {
      [
        try await BraidProcess.run("model", "info", path),
        try await BraidProcess.run("run", document, "--ask", "Why?", "--model", path),
        try await BraidProcess.run("worker", "--model", path),
        try await BraidProcess.run("bench", "encode", "--model", path),
      ]
    }

    private func expectRefused(_ path: String, document: String, says word: String) async throws {
      let outcomes = try await refusals(path, document: document)
      for outcome in outcomes {
        #expect(outcome.exit == .badInput, "\(word): \(outcome.status) \(outcome.errors)")
        #expect(outcome.output.isEmpty)
        // A worker has reported its lanes by then.
        let line = try #require(outcome.errorLines.last)
        #expect(line.contains(word) && line.contains(path), "\(outcome.errors)")
        #expect(line == outcomes[0].errorLines.last)
      }
    }

    @Test(
      "What cannot be honoured is refused with the same words by every command",
      arguments: [
        ("expert_count", "mixture of experts"), ("split", "part 1 of 3"),
        ("clamp", "llama.attention.clamp_kqv is 8"),
        ("pre", "tokenizer.ggml.pre"), ("rule", "smolll"), ("types", "tokenizer.ggml.token_type"),
        ("tensor", "blk.0.ffn_norm.wright"),
      ]
    )
    func refused(_ change: String, _ word: String) async throws {
      var model = try EditedModel()
      switch change {
      case "expert_count": model.add("llama.expert_count", 8)
      case "split":
        model.add("split.count", 3)
        model.add("split.no", 0)
      case "clamp": model.add("llama.attention.clamp_kqv", 8)
      case "pre": try model.replace("tokenizer.ggml.pre", with: "tokenizer.ggml.prx")
      case "rule": try model.replace("\u{6}\0\0\0\0\0\0\0smollm", with: "\u{6}\0\0\0\0\0\0\0smolll")
      case "types": try model.replace("tokenizer.ggml.token_type", with: "tokenizer.ggml.token_tyqe")
      // Now a tensor is missing and another has no use.
      default: try model.replace("blk.0.ffn_norm.weight", with: "blk.0.ffn_norm.wright")
      }
      let (header, size) = (model.header, model.size)
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", Array("Hello, world.\n".utf8))
        let path = try folder.file("edited.gguf", header)
        try #require(truncate(path, off_t(size)) == 0)
        try await expectRefused(
          path,
          document: document,
          says: change == "tensor" ? "blk.0.ffn_norm.weight" : word
        )
      }
    }

    @Test("What is no file is refused at once")
    func noFile() async throws {
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", Array("Hello, world.\n".utf8))
        let pipe = "\(folder.path)/pipe.gguf"
        try #require(mkfifo(pipe, 0o600) == 0)
        try await expectRefused(pipe, document: document, says: "is a pipe")
        try await expectRefused("/dev/zero", document: document, says: "a device")
        try await expectRefused(folder.path, document: document, says: "is a directory")
        let part = try folder.file("m-00002-of-00003.gguf", Array("part of a file that was cut".utf8))
        try await expectRefused(part, document: document, says: "a part of a split model")
      }
    }

    /// A model without a template answers in plain form. Its file may be cut short once it is loaded.
    @Test("A model without a chat template answers, after its file was cut short too")
    func plainAndCutShort() async throws {
      var model = try EditedModel()
      try model.replace("tokenizer.chat_template", with: "tokenizer.chat_templatx")
      let bytes = model.all
      let text = try Fixtures.excerpt(characters: 2500)
      let control = "tcp://127.0.0.1:\(try System.freePort())"
      let http = "127.0.0.1:\(try System.freePort())"
      try await TemporaryFolder.with { folder in
        let path = try folder.file("plain.gguf", bytes)
        let document = try folder.file("a.txt", text)
        let run = try await BraidProcess.run(
          "run",
          document,
          "--ask",
          "What is this text about?",
          "--model",
          path,
          "--max-tokens",
          "12"
        )
        #expect(run.exit == .done, "\(run.errors)")
        #expect(run.output.contains { $0.isLetter }, "\(run.output)")
        #expect(run.errorLines.count { $0.contains("no chat template") } == 1, "\(run.errors)")
        let info = try await BraidProcess.run("model", "info", "--no-measurement", path)
        #expect(info.output.contains("no template: questions are asked in plain form"), "\(info.output)")
        _ = try await BraidProcess.with(
          ["coordinator", "--listen", control, "--http", http, "--model", path]
        ) { coordinator in
          _ = try await BraidProcess.with(["worker", "--coordinator", control, "--model", path]) { worker in
            #expect(try await eventually { worker.errors.contains("registered") }, "\(worker.errors)")
            #expect(truncate(path, 1 << 20) == 0)
            let url = "http://\(http)"
            let encoded = try await BraidProcess.run(
              "encode",
              document,
              "--coordinator",
              url,
              "--format",
              "json"
            )
            #expect(encoded.exit == .done, "\(encoded.errors)")
            let id = try #require(try encoded.json(JobReport.self).id)
            let answer = try await BraidProcess.run(
              "ask",
              id,
              "What is this text about?",
              "--coordinator",
              url,
              "--max-tokens",
              "12"
            )
            #expect(answer.exit == .done, "\(answer.errors)")
            #expect(answer.output.contains { $0.isLetter }, "\(answer.output)")
          }
          let warnings = coordinator.errors.split(separator: "\n").count { $0.contains("no chat template") }
          #expect(warnings == 1, "\(coordinator.errors)")
        }
      }
    }
  }
}
