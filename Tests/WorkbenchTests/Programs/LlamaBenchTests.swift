internal import Benchmarks
internal import CommandLineSupport
internal import Testing
internal import Workbench

@Suite("llama.cpp's own benchmark")
struct LlamaBenchTests {
  private let bench = LlamaBench(
    program: "/opt/llama-bench",
    model: "/models/a.Q4_1.gguf",
    threads: 2,
    processors: [0, 3]
  )

  @Test("It is run on the given processors, for a prompt or for an answer at a depth")
  func arguments() {
    let common = [
      "-c", "0,3", "/opt/llama-bench", "-m", "/models/a.Q4_1.gguf", "-t", "2", "-fa", "1", "-r", "1", "-o",
      "json",
    ]
    #expect(bench.arguments(for: .prompt(tokens: 512)) == common + ["-p", "512", "-n", "0"])
    #expect(
      bench.arguments(for: .decoding(tokens: 32, context: 4096))
        == common + ["-p", "0", "-n", "32", "-d", "4096"]
    )
  }

  @Test("The first row's rate is read out of what it prints")
  func rate() async throws {
    let output = """
      [{"build_commit": "b1", "n_prompt": 512, "avg_ns": 4000000, "avg_ts": 128.5}, {"avg_ts": 7}]
      """
    let rate = try await bench.tokensPerSecond(.prompt(tokens: 512)) { arguments in
      #expect(arguments.suffix(4) == ["-p", "512", "-n", "0"])
      return ProgramOutcome(succeeded: true, output: output)
    }
    #expect(rate == 128.5)
  }

  @Test(
    "A program that fails, or says no rate, is named with what to try",
    arguments: [
      (false, #"[{"avg_ts": 128.5}]"#), (true, "[]"), (true, #"[{"avg_ts": 0}]"#), (true, #"[{"rate": 1}]"#),
      (true, "error: failed to load model"), (true, ""),
    ]
  )
  func failure(succeeded: Bool, output: String) {
    let outcome = ProgramOutcome(succeeded: succeeded, output: output)
    let expected = CommandFailure(
      .failed,
      "/opt/llama-bench failed on /models/a.Q4_1.gguf: try it by hand with -p 0 -n 32 -d 64 -o json."
    )
    #expect(throws: expected) {
      try bench.tokensPerSecond(in: outcome, of: .decoding(tokens: 32, context: 64))
    }
  }

  @Test("Results have the model's file name")
  func results() {
    let prompt = bench.result(promptTokens: 512, tokensPerSecond: 100)
    #expect(prompt.model == "a.Q4_1.gguf" && prompt.threads == 2)
    #expect(prompt.promptTokens == 512 && prompt.tokensPerSecond == 100)
    let token = bench.result(secondsPerToken: 0.02)
    #expect(token.model == "a.Q4_1.gguf" && token.threads == 2 && token.secondsPerToken == 0.02)
  }

  @Test("Program and model have to be there")
  func files() {
    let noProgram = LlamaBench(program: "/nonexistent/bench", model: "/dev/null", threads: 1, processors: [0])
    #expect(throws: CommandFailure(.badInput, "Cannot run /nonexistent/bench: No such file or directory.")) {
      try noProgram.checkFiles()
    }
    let noModel = LlamaBench(program: "/bin/sh", model: "/nonexistent/m", threads: 1, processors: [0])
    #expect(
      throws: CommandFailure(.badInput, "Cannot read the model /nonexistent/m: No such file or directory.")
    ) {
      try noModel.checkFiles()
    }
  }
}
