internal import CommandLineSupport
internal import Glibc
internal import UnixSignals

/// Runs a body until it ends, or until SIGINT or SIGTERM arrives.
///
/// After a signal the body is asked to stop, and this function waits for it. A second signal, or ten seconds,
/// end the process at once, and with it the processes that it started.
///
/// - Parameters:
///   - stop: Asks the body to stop; by default it is cancelled.
///   - body: The work.
/// - Returns: The body's result.
/// - Throws: Errors of the body, or ``CommandFailure/interrupted`` after a signal.
func interruptible<Result: Sendable>(
  stop: (@Sendable () async -> Void)? = nil,
  _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
  return try await withThrowingTaskGroup(of: Event<Result>.self) { group in
    group.addTask { .finished(try await body()) }
    group.addTask {
      for await _ in signals { return .signal }
      return .stoppedWaiting
    }
    while let event = try await group.next() {
      switch event {
      case .finished(let result):
        group.cancelAll()
        return result
      case .stoppedWaiting: continue
      case .signal:
        endAtOnceIfNeeded()
        if let stop { await stop() } else { group.cancelAll() }
        while await group.nextResult() != nil {}
        throw CommandFailure.interrupted
      }
    }
    throw CancellationError()
  }
}

private enum Event<Result: Sendable>: Sendable {
  case finished(Result)
  case signal
  case stoppedWaiting
}

/// Ends the process at the next signal or after ten seconds, in case cleaning up hangs.
private func endAtOnceIfNeeded() {
  Task.detached {
    for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
    _exit(CommandExit.interrupted.rawValue)
  }
  Task.detached {
    try await Task.sleep(for: .seconds(10))
    _exit(CommandExit.interrupted.rawValue)
  }
}
