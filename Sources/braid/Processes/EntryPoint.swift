internal import ArgumentParser
internal import CommandLineSupport
internal import Dispatch
internal import Glibc
internal import Machine
internal import NIOCore
internal import NNG
internal import SystemText

@main
enum EntryPoint {
  // Not asynchronous: if the system has no thread to give, an asynchronous `main` would wait for one for
  // ever.
  static func main() {
    keepStandardStreams()
    restartWithQuietThreads()
    MessageMemory.keep()
    // A reader that has gone shows as a failed write, which is handled. The signal's default would skip all
    // cleaning up.
    signal(SIGPIPE, SIG_IGN)
    NIOSingletons.groupLoopCountSuggestion = availableCores()
    do {
      var command = try Braid.parseAsRoot(SystemText.arguments())
      guard let asynchronous = command as? any AsyncParsableCommand else {
        try command.run()
        end(nil)
      }
      try checkThreads(for: asynchronous)
      start(asynchronous)
    } catch {
      end(error)
    }
    dispatchMain()
  }

  private static func start(_ command: sending any AsyncParsableCommand) {
    Task.detached {
      var command = command
      do {
        try await command.run()
        end(nil)
      } catch {
        end(error)
      }
    }
  }

  /// Checks that a command can start its threads: without them libraries crash or wait for ever.
  private static func checkThreads(for command: any AsyncParsableCommand) throws {
    let counts = ThreadCounts(processors: availableCores(), machine: processorAllowance.machine)
    let need = try (command as? any StartsThreads)?.threadNeed(counts) ?? counts.client
    let shortage = ThreadShortage(
      need: need,
      startable: ThreadProbe.startable(need),
      limits: SystemLimits().threads()
    )
    if let shortage { throw shortage }
  }

  /// Ends the process, after writing the error, if any, for a person.
  private static func end(_ error: (any Error)?) -> Never {
    do {
      if let error {
        // Help and version texts arrive as errors too.
        guard Braid.exitCode(for: error) == .success else { throw error }
        if let code = write(Braid.fullMessage(for: error) + "\n", to: STDOUT_FILENO) {
          throw CommandFailure.output(code: code)
        }
      }
      try closeStandardOutput()
      exit(CommandExit.done.rawValue)
    } catch {
      let failure = CommandFailure(reporting: error)
      _ = write(failure.line + "\n", to: STDERR_FILENO)
      exit(failure.code.rawValue)
    }
  }
}
