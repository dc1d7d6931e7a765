internal import APITypes
internal import Benchmarks
internal import CommandLineSupport
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// llama.cpp's own benchmark program, run for one form of a model and one length of prompt.
struct LlamaBench: Sendable {
  private let program: String
  private let model: String
  private let promptTokens: Int
  private let threads: Int

  private static let outputLimit = 1 << 20

  /// Makes sure that the files are there.
  ///
  /// - Throws: ``CommandFailure`` that names a missing one.
  init(program: String, model: String, promptTokens: Int, threads: Int) throws(CommandFailure) {
    guard access(program, X_OK) == 0 else {
      throw CommandFailure(.badInput, "Cannot run \(program): \(String(cString: strerror(errno))).")
    }
    guard access(model, R_OK) == 0 else {
      throw CommandFailure(.badInput, "Cannot read the model \(model): \(String(cString: strerror(errno))).")
    }
    self.program = program
    self.model = model
    self.promptTokens = promptTokens
    self.threads = threads
  }

  private struct Row: Decodable {
    var avg_ts: Double
  }

  /// Runs it once, flash attention on, which is its faster setting.
  ///
  /// - Returns: Prompt tokens a second.
  /// - Throws: ``CommandFailure`` when the program fails or says something else.
  func tokensPerSecond() async throws -> Double {
    let outcome = try await Subprocess.run(
      .path(FilePath(program)),
      arguments: [
        "-m", model, "-p", String(promptTokens), "-n", "0", "-t", String(threads), "-fa", "1", "-r", "1",
        "-o", "json",
      ],
      output: .string(limit: Self.outputLimit),
      error: .discarded
    )
    let text = outcome.standardOutput
    guard case .exited(0) = outcome.terminationStatus,
      let rows = try? APIJSON.decode([Row].self, from: text.utf8), let rate = rows.first?.avg_ts, rate > 0
    else {
      throw CommandFailure(
        .failed,
        "\(program) failed on \(model): try it by hand with -m, -p, -t and -o json."
      )
    }
    return rate
  }

  /// A result of this program.
  func result(tokensPerSecond: Double) -> EncodeBenchmarkReport.LlamaResult {
    let name = model.split(separator: "/").last.map(String.init) ?? model
    return .init(model: name, promptTokens: promptTokens, threads: threads, tokensPerSecond: tokensPerSecond)
  }
}
