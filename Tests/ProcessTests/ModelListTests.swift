internal import CommandLineSupport
internal import Glibc
internal import Testing

extension ProcessTests {
  @Suite("Models by name", .timeLimit(.minutes(1)))
  struct ModelListTests {
    /// A data folder with the test's model under another name, a file that is none, and a part without the others.
    private func withData<Result>(
      _ body: (_ environment: [String: String], _ models: TemporaryFolder) async throws -> Result
    ) async throws -> Result {
      try await TemporaryFolder.with { data in
        try await TemporaryFolder.with { models in
          // The folder is a link, so that each can remove its own files.
          try #require(symlink(models.path, "\(data.path)/models") == 0)
          try #require(symlink(try Fixtures.model(), "\(models.path)/Tiny-Model.Q4_1.gguf") == 0)
          _ = try models.file("broken.gguf", Array("no model at all, not even a small one".utf8))
          _ = try models.file("part-00002-of-00003.gguf", EditedModel.part(1, of: 3))
          return try await body(["BRAID_DATA": data.path], models)
        }
      }
    }

    @Test("The list has a row for each model, and says which run")
    func list() async throws {
      try await withData { environment, models in
        let outcome = try await BraidProcess.run(
          "model",
          "list",
          "--format",
          "json",
          environment: environment
        )
        #expect(outcome.exit == .done, "\(outcome.errors)")
        let rows = try outcome.json([ModelRow].self)
        #expect(rows.map(\.name) == ["broken", "part", "Tiny-Model.Q4_1"])
        #expect(rows.map(\.runs) == [false, false, true])
        #expect(rows[0].reason?.contains("not a GGUF file") == true)
        #expect(rows[1].reason?.contains("part-00001-of-00003.gguf, part-00003-of-00003.gguf") == true)
        #expect(rows[2].quantisation == "Q4_1" && rows[2].parameters == 134_515_008)
        #expect(rows[2].contextTokens == 8192 && rows[2].parts == 1)
        #expect(rows.allSatisfy { !$0.isDefault })
        var named = environment
        named["BRAID_MODEL"] = "tiny"
        let text = try await BraidProcess.run("model", "list", environment: named)
        #expect(text.output.contains("Tiny-Model.Q4_1 (default)  llama"), "\(text.output)")
        #expect(text.output.split(separator: "\n").count == 4, "\(text.output)")
      }
    }

    @Test("A name stands for a model, for every command and in BRAID_MODEL")
    func names() async throws {
      try await withData { environment, models in
        let info = try await BraidProcess.run(
          "model",
          "info",
          "--no-measurement",
          "--no-digest",
          "tiny-model",
          environment: environment
        )
        #expect(info.exit == .done, "\(info.errors)")
        #expect(info.output.contains("/models/Tiny-Model.Q4_1.gguf"), "\(info.output)")
        #expect(!info.output.contains("sha256"))
        let document = try models.file("a.txt", Array("Hello, world.\n".utf8))
        var named = environment
        named["BRAID_MODEL"] = "model"
        let run = try await BraidProcess.run("run", document, environment: named)
        #expect(run.exit == .done, "\(run.errors)")
        let none = try await BraidProcess.run("run", document, "--model", "qwen", environment: environment)
        #expect(none.exit == .badInput)
        #expect(none.errors.contains("has only broken, part, Tiny-Model.Q4_1"), "\(none.errors)")
        let several = try await BraidProcess.run("bench", "encode", "--model", "r", environment: environment)
        #expect(several.exit == .badInput)
        #expect(several.errors.contains("may be any of 2: broken, part"), "\(several.errors)")
        let missing = try await BraidProcess.run("worker", "--model", "part", environment: environment)
        #expect(missing.exit == .badInput)
        #expect(missing.errors.contains("part-00001-of-00003.gguf"), "\(missing.errors)")
      }
    }

    @Test("What a model takes is measured")
    func measured() async throws {
      let model = try Fixtures.model()
      let outcome = try await BraidProcess.run("model", "info", model, "--no-digest", "--format", "json")
      let needs = try outcome.json(ModelInfo.self).needs
      #expect(needs.measured?.matrices == [[576, 960], [576, 576], [576, 3072], [1536, 576]])
      #expect(needs.codedKVBytesPerToken == 11_880)
      let fastest = needs.precisions.compactMap(\.mostTokensPerSecond).max() ?? 0
      #expect(fastest > 10, "\(outcome.output)")
    }
  }
}
