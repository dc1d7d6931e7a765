internal import APITypes
package import Benchmarks
package import CommandLineSupport
internal import Glibc
internal import SystemText

/// llama.cpp's own benchmark program, run for one form of a model.
package struct LlamaBench: Sendable {
  /// A task that the program is timed at.
  package enum Work: Sendable {
    /// Reading a prompt of so many tokens.
    case prompt(tokens: Int)
    /// Generating so many tokens behind a context of so many.
    case decoding(tokens: Int, context: Int)
  }

  /// The path of the program.
  package let program: String
  /// The path of the model.
  package let model: String
  /// The threads that it computes with.
  package let threads: Int
  /// The processors that it may use.
  package let processors: [Int]

  /// A program and its model.
  package init(program: String, model: String, threads: Int, processors: [Int]) {
    self.program = program
    self.model = model
    self.threads = threads
    self.processors = processors
  }

  /// Makes sure that program and model are there.
  ///
  /// - Throws: ``CommandFailure`` with code `badInput` that names a missing one.
  package func checkFiles() throws(CommandFailure) {
    guard SystemText.withBytes(program, { access($0, X_OK) }) == 0 else {
      throw CommandFailure(.badInput, "Cannot run \(program): \(String(cString: strerror(errno))).")
    }
    guard SystemText.withBytes(model, { access($0, R_OK) }) == 0 else {
      throw CommandFailure(.badInput, "Cannot read the model \(model): \(String(cString: strerror(errno))).")
    }
  }

  /// The arguments of `taskset`, which runs the program once, with flash attention, its faster setting.
  ///
  /// By way of taskset, because a child has the processors of the thread that starts it, and that may be a lane's
  /// descendant, with one processor alone.
  ///
  /// - Parameter work: The task.
  /// - Returns: The words behind `taskset`.
  package func arguments(for work: Work) -> [String] {
    [
      "-c", processors.map(String.init).joined(separator: ","), program, "-m", model, "-t", String(threads),
      "-fa", "1", "-r", "1", "-o", "json",
    ] + work.arguments
  }

  private struct Row: Decodable {
    var avg_ts: Double
  }

  /// Reads what the program wrote.
  ///
  /// - Parameters:
  ///   - outcome: The end of a run.
  ///   - work: The task that it was given.
  /// - Returns: Tokens a second.
  /// - Throws: ``CommandFailure`` with status `failed` when the program failed or says something else.
  package func tokensPerSecond(in outcome: ProgramOutcome, of work: Work) throws(CommandFailure) -> Double {
    guard outcome.succeeded, let rows = try? APIJSON.decode([Row].self, from: outcome.output.utf8),
      let rate = rows.first?.avg_ts, rate > 0
    else {
      throw CommandFailure(
        .failed,
        "\(program) failed on \(model): try it by hand with \(work.arguments.joined(separator: " ")) -o json."
      )
    }
    return rate
  }

  /// Runs it once.
  ///
  /// - Parameters:
  ///   - work: The task.
  ///   - taskset: Runs `taskset`.
  /// - Returns: Tokens a second.
  /// - Throws: What ``tokensPerSecond(in:of:)`` throws, and what running throws.
  package func tokensPerSecond(_ work: Work, taskset: ProgramOutcome.Runner) async throws -> Double {
    try tokensPerSecond(in: try await taskset(arguments(for: work)), of: work)
  }

  private var name: String { model.split(separator: "/").last.map(String.init) ?? model }

  /// A result for prompts.
  package func result(promptTokens: Int, tokensPerSecond: Double) -> EncodeBenchmarkReport.LlamaResult {
    .init(model: name, promptTokens: promptTokens, threads: threads, tokensPerSecond: tokensPerSecond)
  }

  /// A result for decoding.
  package func result(secondsPerToken: Double) -> QueryBenchmarkRow.LlamaResult {
    .init(model: name, threads: threads, secondsPerToken: secondsPerToken)
  }
}

extension LlamaBench.Work {
  fileprivate var arguments: [String] {
    switch self {
    case .prompt(let tokens): ["-p", String(tokens), "-n", "0"]
    case .decoding(let tokens, let context): ["-p", "0", "-n", String(tokens), "-d", String(context)]
    }
  }
}
