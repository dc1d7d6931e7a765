internal import CommandLineSupport
internal import TestSupport
internal import Testing

extension ProcessTests {
  @Suite("Bad input")
  struct BadInputTests {
    /// Bytes of a model file that stops after its first metadata entry.
    private static func header(architecture: String) -> [UInt8] {
      var writer = GGUFWriter()
      writer.metadata = [("general.architecture", .string(architecture))]
      return writer.bytes
    }

    private func expect(_ outcome: Outcome, _ exit: CommandExit, says words: String...) {
      #expect(outcome.exit == exit, "\(outcome.status): \(outcome.errors)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("braid: "), "\(outcome.errors)")
      for word in words { #expect(outcome.errors.contains(word), "\(word) in \(outcome.errors)") }
    }

    @Test(
      "A wrong command line ends with code 2",
      arguments: [
        (["run"], "document"), (["run", "x", "--chunk-tokens", "0"], "--chunk-tokens"),
        (["run", "x", "--workers", "0"], "--workers"), (["run", "x", "--compute", "fp8"], "fp8"),
        (["worker", "--lanes", "0"], "--lanes"), (["worker", "--memory", "much"], "--memory"),
        (["run", "x", "--memory", "0"], "--memory"), (["coordinator", "--memory", "2gb"], "--memory"),
        (["worker", "--cpus", "1,x"], "--cpus"),
        (["worker", "--coordinator", "inproc://x"], "within one process"),
        (["run", "/dev/null", "--pin", "--workers", "64", "--lanes", "1024"], "--pin"),
        (["status", "--format", "xml"], "xml"),
        (["status", "--coordinator", "tcp://127.0.0.1:7700"], "HTTP"),
        (["coordinator", "--http", "0.0.0.0:0"], "--insecure"),
        (["coordinator", "--listen", "tcp://0.0.0.0:0"], "--insecure"), (["juggle"], "juggle"),
        (["bench", "wire", "--transport", "pigeon"], "pigeon"),
        (["bench", "wire", "--bytes", "0"], "--bytes"),
        (["bench", "wire", "--frame-bytes", "5000"], "--frame-bytes"),
        (["bench", "wire", "--senders", "0"], "--senders"),
        (["bench", "wire", "--repetitions", "-1"], "--repetitions"),
        (["bench", "encode", "--tokens", "0"], "--tokens"),
        (["bench", "encode", "--lanes", "0"], "--lanes"),
        (["bench", "encode", "--llama-model", "x.gguf"], "--llama-bench"),
        (["bench", "query", "--context", "1024,x"], "--context"),
        (["bench", "query", "--context", "0"], "--context"),
        (["bench", "query", "--tokens", "0"], "--tokens"),
        (["bench", "query", "--llama-model", "x.gguf"], "--llama-bench"),
        (["ask", "d", "Why?", "--top-p", "0.9"], "--temperature"),
        (["ask", "d", "Why?", "--temperature", "1", "--top-p", "2"], "--top-p"),
        (["ask", "d", "Why?", "--stop", ""], "--stop"),
        (["run", "x"] + (1...5).flatMap { ["--stop", "\($0)"] }, "--stop"),
        (["eval", "perplexity", "x", "--chunks", "4,x"], "--chunks"),
        (["eval", "perplexity", "x", "--context", "4", "--chunks", "5"], "--chunks"),
        (["eval", "perplexity", "x", "--format", "xml"], "xml"),
        (["eval", "entropy", "x", "--segments", "0"], "--segments"),
        (["eval", "perplexity", "x", "--report", ""], "--report"),
        (["eval", "retrieval", "x", "--tasks", "single,guess"], "guess"),
        (["eval", "retrieval", "x", "--depths", "0,101"], "--depths"),
        (["eval", "retrieval", "x", "--context", "4k"], "--context"),
        (["eval", "icl", "x", "--trials", "0"], "--trials"),
        (["simulate", "--workers", "4..1"], "--workers"), (["simulate", "--tokens", "1e6"], "--tokens"),
        (["simulate", "--link", "fast"], "--link"), (["simulate", "--speeds", "lognormal"], "--speeds"),
        (["simulate", "--failures", "2"], "--failures"), (["simulate", "--latency", "3"], "--latency"),
        (["simulate", "--chunk-tokens", "big"], "--chunk-tokens"),
        (["simulate", "--workers", "65", "--validate", "x"], "--validate"),
      ]
    )
    func usage(_ arguments: [String], _ word: String) async throws {
      expect(try await BraidProcess.with(arguments, stop: false) { _ in }.outcome, .usage, says: word)
    }

    @Test("Help and version go to standard output with code 0", arguments: ["--help", "--version"])
    func help(_ flag: String) async throws {
      let outcome = try await BraidProcess.run(flag)
      #expect(outcome.exit == .done)
      #expect(!outcome.output.isEmpty && outcome.errors.isEmpty)
    }

    @Test("A measurement of what is not there ends with code 3")
    func measurements() async throws {
      let model = try Fixtures.model()
      try await TemporaryFolder.with { folder in
        let text = try folder.file("short.txt", Array("Too short to be measured.\n".utf8))
        let list = try folder.file("list.jsonl", Array("{\"text\": \"a\", \"label\": \"b\"}\n".utf8))
        let cases = [
          (["bench", "encode", "--chunk-tokens", "9000"], "does not fit"),
          (["bench", "encode", "--llama-bench", "\(folder.path)/llama-bench"], "llama-bench"),
          (["bench", "query", "--policy", "guess"], "guess"),
          (["bench", "query", "--tokens", "9000", "--context", "64"], "do not fit"),
          (["bench", "query", "--context", "16777216"], "memory"),
          (["eval", "perplexity", text, "--policies", "guess"], "guess"),
          (["eval", "perplexity", text], "tokens"), (["eval", "entropy", text], "tokens"),
          (["eval", "perplexity", text, "--report", text], "not a folder"),
          (["eval", "retrieval", text, "--report", "\(text)/report"], "Not a directory"),
          (["eval", "retrieval", text], "--context"),
          (["eval", "retrieval", text, "--context", "4", "--policies", "best"], "--chunk-tokens"),
          (["eval", "icl", text], "line 1"), (["eval", "icl", list], "--trials"),
        ]
        for (arguments, word) in cases {
          let outcome = try await BraidProcess.with(arguments + ["--model", model, "-q"], stop: false) { _ in
          }
          .outcome
          expect(outcome, .badInput, says: word)
        }
      }
    }

    @Test("A document that is none ends with code 3")
    func documents() async throws {
      let model = try Fixtures.model()
      try await TemporaryFolder.with { folder in
        let cases = [
          ("\(folder.path)/missing.txt", "No such file"), (folder.path, "folder"),
          (try folder.file("empty.txt", []), "empty"), (try folder.file("x.gz", [0x1F, 0x8B, 8, 0]), "gzip"),
        ]
        for (path, word) in cases {
          expect(
            try await BraidProcess.run("run", path, "--ask", "Why?", "--model", model),
            .badInput,
            says: word,
            path
          )
        }
      }
    }

    @Test("A model that is none ends with code 3, in every command that loads one")
    func models() async throws {
      let bytes = try Fixtures.read(try Fixtures.model())
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", Array("Hello, world.\n".utf8))
        let cases = [
          ("\(folder.path)/missing.gguf", "missing.gguf"), (try folder.file("empty.gguf", []), ""),
          (
            try folder.file("text.gguf", Array("Hello, I am no model at all, not even a small one.".utf8)),
            "GGUF"
          ),
          (try folder.file("cut-early.gguf", bytes.prefix(1000)), ""),
          (try folder.file("cut-late.gguf", bytes.dropLast(bytes.count / 2)), ""),
          (try folder.file("other.gguf", Self.header(architecture: "juggler")), ""),
        ]
        for (path, word) in cases {
          if !path.contains("other") {
            expect(try await BraidProcess.run("model", "info", path), .badInput, says: word)
          }
          expect(
            try await BraidProcess.run("run", document, "--ask", "Why?", "--model", path),
            .badInput,
            says: word
          )
          expect(try await BraidProcess.run("worker", "--model", path), .badInput, says: word)
        }
        let other = try await BraidProcess.run("worker", "--model", "\(folder.path)/other.gguf")
        expect(other, .badInput, says: "juggler")
      }
    }

    @Test("A chunk larger than the context, a wrong policy and an endless question end with code 3")
    func limits() async throws {
      let model = try Fixtures.model()
      let excerpt = try Fixtures.excerpt(characters: 800)
      try await TemporaryFolder.with { folder in
        let document = try folder.file("a.txt", excerpt)
        expect(
          try await BraidProcess.run("run", document, "--model", model, "--chunk-tokens", "9000000"),
          .badInput,
          says: "9000000"
        )
        expect(
          try await BraidProcess.run("run", document, "--model", model, "--policy", "juggle=3"),
          .badInput,
          says: "juggle"
        )
        let endless = String(repeating: "Why is that so, and how do you know? ", count: 3000)
        let outcome = try await BraidProcess.run(
          "run",
          document,
          "--quiet",
          "--model",
          model,
          "--ask",
          endless
        )
        expect(outcome, .badInput)
      }
    }

    @Test(
      "A coordinator that is not there ends with code 4 and says how to start one",
      arguments: [["status"], ["workers"], ["documents"], ["ask", "d1", "Why?"]]
    )
    func unreachable(_ command: [String]) async throws {
      let outcome = try await BraidProcess.with(
        command + ["--coordinator", "http://127.0.0.1:1"],
        stop: false
      ) { _ in }.outcome
      expect(outcome, .unreachable, says: "http://127.0.0.1:1", "braid coordinator")
    }
  }
}
