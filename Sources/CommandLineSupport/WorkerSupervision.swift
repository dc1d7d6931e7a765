internal import Tables

/// The way in which a worker process ended.
package enum WorkerExit: Hashable, Sendable {
  /// It ended with an exit code.
  case code(Int32)
  /// A signal ended it.
  case signal(Int32)

  /// The end in words: `ended with code 6`.
  package var words: String {
    switch self {
    case .code(let code): "ended with code \(code)"
    case .signal(let number): "was ended by signal \(number)"
    }
  }
}

/// The supervision of local workers that end although nobody asked them to.
///
/// A worker that is killed or crashes is started again a few times. A worker that reports an error in its
/// model, flags or token would report it again, so the job ends. The job also ends when no worker is left.
package struct WorkerSupervision: Sendable {
  /// The reaction to a worker that ended.
  package enum Decision: Hashable, Sendable {
    /// Start it again after a pause.
    case restart(after: Duration, note: String)
    /// Continue with the other workers.
    case abandon(note: String)
    /// End the job with a failure.
    case fail(CommandFailure)
  }

  private let restarts: Int
  private var left: [Int]
  private var alive: Int

  /// Makes a supervision of workers, each of which may be started again a few times.
  ///
  /// - Parameters:
  ///   - workers: The number of workers.
  ///   - restarts: The number of times that each may be started again.
  package init(workers: Int, restarts: Int = 3) {
    self.restarts = restarts
    left = Array(repeating: restarts, count: workers)
    alive = workers
  }

  /// Records that a worker ended, and decides on the reaction.
  ///
  /// - Parameters:
  ///   - worker: The worker's index.
  ///   - exit: The way in which it ended.
  ///   - lastWords: The last line that it wrote; nil without one.
  /// - Returns: The reaction.
  package mutating func ended(_ worker: Int, _ exit: WorkerExit, lastWords: String?) -> Decision {
    let cause = lastWords.map { ": " + $0 } ?? ""
    let sentence = "Worker \(worker + 1) \(exit.words)\(cause)"
    if case .code(let code) = exit, let status = CommandExit(rawValue: code),
      [.usage, .badInput, .unauthorised].contains(status)
    {
      // A worker's flags are made by this process, so an error in them is no wrong use of the command line.
      return .fail(CommandFailure(status == .usage ? .failed : status, lastWords ?? sentence))
    }
    if left.indices.contains(worker), left[worker] > 0 {
      left[worker] -= 1
      let attempt = restarts - left[worker]
      return .restart(
        after: .milliseconds(200 << min(attempt - 1, 6)),
        note: "\(sentence); starting it again (\(attempt) of \(restarts))"
      )
    }
    alive -= 1
    return alive > 0
      ? .abandon(note: "\(sentence); going on with \(Quantities.counted(alive, "worker"))")
      : .fail(CommandFailure(.failed, "\(sentence); no worker is left"))
  }
}
