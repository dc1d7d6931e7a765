internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// The end of a program, and its output.
struct Outcome: Sendable {
  let status: TerminationStatus
  let output: String
  let errors: String

  /// The exit code; nil after a signal that was not handled.
  var exit: CommandExit? {
    if case .exited(let code) = status { CommandExit(rawValue: code) } else { nil }
  }

  /// The lines of standard error.
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

  /// Standard output, read as JSON.
  func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try APIJSON.decode(type, from: output.utf8)
  }
}

/// A running `braid`.
final class BraidProcess: Sendable {
  let id: Int32
  /// The mark in the environment of this process and of all that it starts.
  let mark: String
  private let text = Mutex((output: "", errors: ""))

  fileprivate init(id: Int32, mark: String) {
    self.id = id
    self.mark = mark
  }

  var output: String { text.withLock { $0.output } }
  var errors: String { text.withLock { $0.errors } }

  func send(_ signal: Int32) { kill(id, signal) }

  /// The processes that it started.
  var children: [Int32] { System.processes(marked: mark).filter { $0 != id } }

  fileprivate func append(output line: String) { text.withLock { $0.output += line + "\n" } }
  fileprivate func append(errors line: String) { text.withLock { $0.errors += line + "\n" } }

  /// Runs `braid` to its end.
  static func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
    try await with(arguments, environment: environment, stop: false) { _ in }.outcome
  }

  /// Starts `braid`, runs a body, and waits until the process has ended.
  ///
  /// - Parameters:
  ///   - arguments: The arguments of `braid`.
  ///   - environment: Variables beside those of this process, from which all of Braid's own are removed.
  ///   - prelude: Lines of bash that run before it in the same process, for example to set limits.
  ///   - stop: True to end it with SIGTERM after the body.
  ///   - body: The work to do while it runs.
  /// - Returns: The body's result, and the end of the process.
  /// - Throws: Errors of the body; an error when the process cannot be started.
  static func with<Result: Sendable>(
    _ arguments: [String],
    environment: [String: String] = [:],
    after prelude: String? = nil,
    stop: Bool = true,
    _ body: @escaping @Sendable (BraidProcess) async throws -> Result
  ) async throws -> (result: Result, outcome: Outcome) {
    let mark = "BRAID_TEST_MARK=\(UInt64.random(in: .min ... .max))"
    var variables: [Environment.Key: String?] = [
      "BRAID_MODEL": nil, "BRAID_HTTP": nil, "BRAID_LISTEN": nil, "BRAID_COORDINATOR": nil,
      "BRAID_LANES": nil, "BRAID_COMPUTE": nil, "BRAID_WEIGHTS": nil, "BRAID_MEMORY": nil, "BRAID_TOKEN": nil,
      "BRAID_TOKEN_FILE": nil,
      "BRAID_WIRE": nil,
      "BRAID_SUMMARIES": nil,
      "BRAID_TEST_MARK": String(mark.split(separator: "=")[1]),
    ]
    for (name, value) in environment { variables[Environment.Key(rawValue: name) ?? ""] = value }
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
    let program = try Fixtures.program()
    let run = try await Subprocess.run(
      prelude == nil ? .path(FilePath(program)) : .name("bash"),
      arguments: Arguments(
        prelude.map { ["-c", $0 + "; exec \"$0\" \"$@\"", program] + arguments } ?? arguments
      ),
      environment: .inherit.updating(variables),
      platformOptions: options,
      input: .none,
      output: .sequence,
      error: .sequence
    ) { execution in
      let process = BraidProcess(id: execution.processIdentifier.value, mark: mark)
      let result = try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for try await line in execution.standardOutput.strings() { process.append(output: line) }
        }
        group.addTask {
          for try await line in execution.standardError.strings() { process.append(errors: line) }
        }
        let result = try await body(process)
        if stop { process.send(SIGTERM) }
        try await group.waitForAll()
        return result
      }
      return (result, process.output, process.errors)
    }
    let (result, output, errors) = run.closureResult
    return (result, Outcome(status: run.terminationStatus, output: output, errors: errors))
  }
}
