internal import CommandLineSupport
internal import Subprocess
internal import SystemPackage
internal import Workbench

/// Runs this program to its end.
///
/// - Parameter arguments: Its arguments.
/// - Returns: Its standard output.
/// - Throws: ``CommandFailure`` with its last words when it fails.
@Sendable func ownProgram(_ arguments: [String]) async throws -> String {
  var options = PlatformOptions()
  options.processGroupID = 0
  options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(3))]
  let outcome = try await Subprocess.run(
    .path("/proc/self/exe"),
    arguments: Arguments(ofBraid: arguments),
    platformOptions: options,
    input: .inputWriter,
    output: .sequence,
    error: .sequence
  ) { execution in
    try await withThrowingTaskGroup(of: (isOutput: Bool, text: String).self) { group in
      group.addTask {
        var text = ""
        for try await line in execution.standardOutput.strings() { text += line + "\n" }
        return (true, text)
      }
      group.addTask {
        var lastWords = ""
        for try await line in execution.standardError.strings() where line.hasPrefix("braid: ") {
          lastWords = String(line.dropFirst(7))
        }
        return (false, lastWords)
      }
      var texts = (output: "", lastWords: "")
      for try await part in group {
        if part.isOutput { texts.output = part.text } else { texts.lastWords = part.text }
      }
      return texts
    }
  }
  guard outcome.terminationStatus.isSuccess else {
    try Task.checkCancellation()
    let words = outcome.closureResult.lastWords
    throw CommandFailure(.failed, words.isEmpty ? "braid \(arguments[0]) failed." : words)
  }
  return outcome.closureResult.output
}

/// Runs this program to its end, and keeps all that it writes.
@Sendable func ownProgramOutcome(_ arguments: [String]) async throws -> ProgramOutcome {
  let limit = 4 << 20
  let outcome = try await Subprocess.run(
    .path("/proc/self/exe"),
    arguments: Arguments(ofBraid: arguments),
    output: .string(limit: limit),
    error: .string(limit: limit)
  )
  return ProgramOutcome(
    succeeded: outcome.terminationStatus.isSuccess,
    output: outcome.standardOutput,
    errors: outcome.standardError
  )
}

/// Runs `taskset` to its end.
@Sendable func taskset(_ arguments: [String]) async throws -> ProgramOutcome {
  let outcome = try await Subprocess.run(
    .name("taskset"),
    arguments: Arguments(systemTexts: arguments),
    // This process's own setting, which would make llama.cpp slower.
    environment: .inherit.updating(["OMP_WAIT_POLICY": nil]),
    output: .string(limit: 1 << 20),
    error: .discarded
  )
  return ProgramOutcome(succeeded: outcome.terminationStatus.isSuccess, output: outcome.standardOutput)
}
