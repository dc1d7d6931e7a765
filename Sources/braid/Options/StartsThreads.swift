internal import CommandLineSupport
internal import Machine
internal import Workbench

/// A command that starts more threads than one that only asks a coordinator.
protocol StartsThreads {
  /// Returns the threads that the command needs, or somewhat more.
  ///
  /// - Throws: ``CommandFailure`` for settings that are wrong.
  func threadNeed(_ counts: ThreadCounts) throws -> ThreadNeed
}

/// The numbers from which needs of threads are computed.
struct ThreadCounts {
  /// The number of processors that this process may use.
  var processors: Int
  /// The number of the machine's processors.
  var machine: Int

  /// The need of a process that talks HTTP with a coordinator.
  var client: ThreadNeed { .waiting(processors: processors).withEventLoops(processors) }

  /// The need of a process that computes with the threads of the matrix library.
  var computing: ThreadNeed { .waiting(processors: processors).computing(processors) }

  /// The need of a coordinator, which listens, talks and answers.
  var coordinator: ThreadNeed { client.withMessaging(machine: machine).computing(processors) }

  /// Returns the need of a worker.
  func worker(lanes: Int) -> ThreadNeed {
    .waiting(processors: processors).withEventLoops(1).withMessaging(machine: machine).computing(lanes)
  }

  /// Returns the need of a coordinator with workers that it starts itself.
  func cluster(workers: Int, lanes: Int) -> ThreadNeed {
    coordinator.starting(workers, each: worker(lanes: lanes))
  }
}

extension CoordinatorCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.coordinator }
}

extension WorkerCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) throws -> ThreadNeed {
    // Recorded chunks need no threads of their own.
    counts.worker(lanes: recording.replay == nil ? try laneCount() : 0)
  }
}

extension RunCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) throws -> ThreadNeed {
    counts.cluster(workers: workers, lanes: try laneCount())
  }
}

extension BenchScalingCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed {
    if coordinator != nil { return counts.computing.withEventLoops(counts.processors) }
    let workers = workers ?? ScalingRequest.usualWorkers(cores: counts.processors)
    return counts.cluster(workers: workers.max() ?? 1, lanes: lanes ?? 1)
  }
}

extension BenchReplayCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed {
    counts.cluster(workers: 1, lanes: counts.processors)
  }
}

extension BenchWireCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.coordinator }
}

extension BenchEncodeCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) throws -> ThreadNeed {
    counts.computing.computing(try lanes ?? Settings.current.lanes() ?? 0)
  }
}

extension BenchQueryCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.computing.computing(threads ?? 0) }
}

extension ModelInfoCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { measurement ? counts.computing : counts.client }
}

extension EvalPerplexityCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.computing }
}

extension EvalEntropyCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.computing }
}

extension EvalRetrievalCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.computing }
}

extension EvalICLCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.computing }
}
