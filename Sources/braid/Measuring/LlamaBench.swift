internal import APITypes
internal import Benchmarks
internal import CommandLineSupport
internal import Glibc
internal import Subprocess
internal import SystemPackage
internal import SystemText
internal import Threads

/// llama.cpp's own benchmark program, run for one form of a model.
struct LlamaBench: Sendable {
  /// What is measured.
  enum Work: Sendable {
    /// Reading a prompt of so many tokens.
    case prompt(tokens: Int)
    /// Generating so many tokens behind a context of so many.
    case decoding(tokens: Int, context: Int)
  }

  private let program: String
  private let model: String
  private let threads: Int
  /// The processors it may use, as taskset has them.
  private let processors: String

  private static let outputLimit = 1 << 20

  /// Makes sure that the files are there.
  ///
  /// - Throws: ``CommandFailure`` that names a missing one.
  init(program: String, model: String, threads: Int) throws(CommandFailure) {
    guard SystemText.withBytes(program, { access($0, X_OK) }) == 0 else {
      throw CommandFailure(.badInput, "Cannot run \(program): \(String(cString: strerror(errno))).")
    }
    guard SystemText.withBytes(model, { access($0, R_OK) }) == 0 else {
      throw CommandFailure(.badInput, "Cannot read the model \(model): \(String(cString: strerror(errno))).")
    }
    self.program = program
    self.model = model
    self.threads = threads
    processors = allowedProcessors().map(String.init).joined(separator: ",")
  }

  private struct Row: Decodable {
    var avg_ts: Double
  }

  /// Runs it once, flash attention on, which is its faster setting.
  ///
  /// - Parameter work: What to measure.
  /// - Returns: Tokens a second.
  /// - Throws: ``CommandFailure`` when the program fails or says something else.
  func tokensPerSecond(_ work: Work) async throws -> Double {
    // By way of taskset, because a child has the processors of the thread that starts it, and that may be a
    // lane's descendant, with one processor alone.
    let outcome = try await Subprocess.run(
      .name("taskset"),
      arguments: Arguments(
        systemTexts: [
          "-c", processors, program, "-m", model, "-t", String(threads), "-fa", "1", "-r", "1", "-o", "json",
        ] + work.arguments
      ),
      // This process's own setting, which would make llama.cpp slower.
      environment: .inherit.updating(["OMP_WAIT_POLICY": nil]),
      output: .string(limit: Self.outputLimit),
      error: .discarded
    )
    let text = outcome.standardOutput
    guard case .exited(0) = outcome.terminationStatus,
      let rows = try? APIJSON.decode([Row].self, from: text.utf8), let rate = rows.first?.avg_ts, rate > 0
    else {
      throw CommandFailure(
        .failed,
        "\(program) failed on \(model): try it by hand with \(work.arguments.joined(separator: " ")) -o json."
      )
    }
    return rate
  }

  private var name: String { model.split(separator: "/").last.map(String.init) ?? model }

  /// A result for prompts.
  func result(promptTokens: Int, tokensPerSecond: Double) -> EncodeBenchmarkReport.LlamaResult {
    .init(model: name, promptTokens: promptTokens, threads: threads, tokensPerSecond: tokensPerSecond)
  }

  /// A result for decoding.
  func result(secondsPerToken: Double) -> QueryBenchmarkRow.LlamaResult {
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
