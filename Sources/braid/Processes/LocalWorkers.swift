internal import CommandLineSupport
internal import ServiceLifecycle
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// Worker processes of this executable that live as long as this process.
///
/// Each worker reads a pipe from this process and ends with the pipe, even if this process is killed. It
/// leads its own process group, so that Ctrl-C reaches this process alone, which then stops the workers in
/// order.
final class LocalWorkers: Service {
  private let arguments: [[String]]
  private let token: String
  private let console: Console
  private let supervision: Mutex<WorkerSupervision>

  /// Prepares workers; none is started before ``run()``.
  ///
  /// - Parameters:
  ///   - arguments: Each worker's flags, without those that all local workers have.
  ///   - token: The secret by which the workers are authorised.
  ///   - console: The console for reports on workers that end.
  init(arguments: [[String]], token: String, console: Console) {
    self.arguments = arguments
    self.token = token
    self.console = console
    supervision = Mutex(WorkerSupervision(workers: arguments.count))
  }

  /// Runs the workers until cancellation or graceful shutdown.
  ///
  /// - Throws: ``CommandFailure`` when a worker cannot work at all, or none is left.
  func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in self.arguments.indices { group.addTask { try await self.keepRunning(worker) } }
        try await group.waitForAll()
      }
    }
  }

  private func keepRunning(_ worker: Int) async throws {
    while true {
      let (exit, lastWords) = try await runOnce(worker)
      try Task.checkCancellation()
      switch supervision.withLock({ $0.ended(worker, exit, lastWords: lastWords) }) {
      case .restart(let pause, let note):
        console.warn(note)
        try await Task.sleep(for: pause)
      case .abandon(let note):
        console.warn(note)
        return
      case .fail(let failure):
        throw failure
      }
    }
  }

  private func runOnce(_ worker: Int) async throws -> (WorkerExit, lastWords: String?) {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
    var flags = ["worker", "--exit-with-parent", "--name", "local-\(worker + 1)"] + arguments[worker]
    if console.verbosity == .verbose { flags.append("--verbose") }
    let outcome = try await Subprocess.run(
      .path("/proc/self/exe"),
      arguments: Arguments(ofBraid: flags),
      environment: .inherit.updating([
        "BRAID_TOKEN": token, "BRAID_TOKEN_FILE": nil,
        // This process has counted them in.
        "BRAID_MEMORY": nil,
      ]),
      platformOptions: options,
      input: .inputWriter,
      output: .discarded,
      error: .sequence
    ) { execution in
      var lastWords: String?
      for try await line in execution.standardError.strings() {
        console.detail("worker \(worker + 1): \(line)")
        if line.hasPrefix("braid: ") { lastWords = String(line.dropFirst(7)) }
      }
      return lastWords
    }
    return switch outcome.terminationStatus {
    case .exited(let code): (.code(code), outcome.closureResult)
    case .signaled(let number): (.signal(number), outcome.closureResult)
    }
  }
}

/// Makes a random secret for local workers.
func randomToken() -> String {
  var generator = SystemRandomNumberGenerator()
  return (0..<4).map { _ in String(generator.next(), radix: 16) }.joined()
}
