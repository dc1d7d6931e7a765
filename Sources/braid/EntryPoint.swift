internal import ArgumentParser
internal import CommandLineSupport
internal import Glibc
internal import NNG

@main
enum EntryPoint {
  static func main() async {
    restartWithQuietThreads()
    MessageMemory.keep()
    // A reader that has gone shows as a failed write, which is handled; the default would skip all cleaning
    // up.
    signal(SIGPIPE, SIG_IGN)
    let status: CommandExit
    do {
      var command = try await Braid.asyncParseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      status = .done
    } catch {
      status = report(error)
    }
    exit(status.rawValue)
  }

  /// Tells a person about an error and says how to exit.
  private static func report(_ error: any Error) -> CommandExit {
    if Braid.exitCode(for: error) == .success {
      // Help and versions arrive as errors too.
      return write(Braid.fullMessage(for: error) + "\n", to: STDOUT_FILENO) ? .done : .failed
    }
    let failure = CommandFailure(reporting: error)
    _ = write(failure.line + "\n", to: STDERR_FILENO)
    return failure.status
  }
}
