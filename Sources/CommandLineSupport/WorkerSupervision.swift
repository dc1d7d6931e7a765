internal import Tables

/// How a worker process ended.
public enum WorkerExit: Hashable, Sendable {
  /// With an exit code.
  case code(Int32)
  /// By a signal.
  case signal(Int32)

  /// The end in words: `ended with code 6`.
  public var words: String {
    switch self {
    case .code(let code): "ended with code \(code)"
    case .signal(let number): "was ended by signal \(number)"
    }
  }
}

/// Decides what becomes of local workers that end although nobody asked them to.
///
/// A worker that is killed or crashes is started again a few times; one that says that its model, its flags
/// or its token are wrong would say so again, so that ends the job. The job also ends when no worker is left.
public struct WorkerSupervision: Sendable {
  /// What to do about a worker that ended.
  public enum Decision: Hashable, Sendable {
    /// Start it again after a pause.
    case restart(after: Duration, note: String)
    /// Go on with the others.
    case abandon(note: String)
    /// The job cannot go on.
    case fail(CommandFailure)
  }

  private let restarts: Int
  private var left: [Int]
  private var alive: Int

  /// A supervision of a number of workers, each of which may be started again a few times.
  ///
  /// - Parameters:
  ///   - workers: How many are started.
  ///   - restarts: How often each may be started again.
  public init(workers: Int, restarts: Int = 3) {
    self.restarts = restarts
    left = Array(repeating: restarts, count: workers)
    alive = workers
  }

  /// Takes note that a worker ended.
  ///
  /// - Parameters:
  ///   - worker: Its index.
  ///   - exit: How it ended.
  ///   - lastWords: The last line it wrote, if any.
  /// - Returns: What to do.
  public mutating func ended(_ worker: Int, _ exit: WorkerExit, lastWords: String?) -> Decision {
    let cause = lastWords.map { ": " + $0 } ?? ""
    let sentence = "Worker \(worker + 1) \(exit.words)\(cause)"
    if case .code(let code) = exit, let status = CommandExit(rawValue: code),
      [.usage, .badInput, .unauthorised].contains(status)
    {
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
