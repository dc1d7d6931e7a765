internal import CommandLineSupport
internal import Machine
internal import Workbench

/// A command that starts more threads than one that only asks a coordinator.
protocol StartsThreads {
  /// The threads it will need, or somewhat more.
  ///
  /// - Throws: ``CommandFailure`` for settings that are wrong.
  func threadNeed(_ counts: ThreadCounts) throws -> ThreadNeed
}

/// What needs of threads are reckoned from.
struct ThreadCounts {
  /// The processors that this process may use.
  var processors: Int
  /// The processors of the machine.
  var machine: Int

  /// A process that talks HTTP with a coordinator.
  var client: ThreadNeed { .waiting(processors: processors).withEventLoops(processors) }

  /// A process that computes with the threads of the matrix library.
  var computing: ThreadNeed { .waiting(processors: processors).computing(processors) }

  /// A coordinator: it listens, talks and answers.
  var coordinator: ThreadNeed { client.withMessaging(machine: machine).computing(processors) }

  /// A worker.
  func worker(lanes: Int) -> ThreadNeed {
    .waiting(processors: processors).withEventLoops(1).withMessaging(machine: machine).computing(lanes)
  }

  /// A coordinator with workers that it starts itself.
  func cluster(workers: Int, lanes: Int) -> ThreadNeed {
    coordinator.starting(workers, each: worker(lanes: lanes))
  }
}

extension CoordinatorCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) -> ThreadNeed { counts.coordinator }
}

extension WorkerCommand: StartsThreads {
  func threadNeed(_ counts: ThreadCounts) throws -> ThreadNeed {
    // Chunks that were recorded need no threads of their own.
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
