package import Addresses
package import Logging
internal import Memory
package import Recordings
internal import ServiceLifecycle
internal import Worker

/// Workers that replay a recording, as one service, which ends when all of them have left; no model is loaded.
package struct ReplayWorkers: Service {
  private let workers: [WorkerService]
  private let description: ReplayDescription

  /// Makes the workers.
  ///
  /// - Parameters:
  ///   - source: The recorded chunks.
  ///   - coordinator: Where the workers dial.
  ///   - lanes: The lanes of each.
  ///   - replicas: The number of workers.
  ///   - name: The name that they share.
  ///   - token: The secret they show; nil for none.
  ///   - staysAfterDrain: Whether they wait for a new coordinator when their own one sends them away.
  ///   - logger: Where they report.
  /// - Throws: `WorkerError` for a configuration that cannot be.
  package init(
    _ source: ReplaySource,
    coordinator: CoordinatorAddress,
    lanes: Int,
    replicas: Int,
    name: String,
    token: String?,
    staysAfterDrain: Bool,
    logger: Logger
  ) throws {
    let library = source.library
    workers = try (1...replicas).map { replica in
      var configuration = WorkerConfiguration(
        coordinator: coordinator,
        lanes: lanes,
        identities: [library.model.identity],
        compute: library.model.compute,
        name: "replay-\(name)-\(replica)"
      )
      configuration.workerToken = token ?? ""
      configuration.staysAfterDrain = staysAfterDrain
      return try WorkerService(configuration: configuration, logger: logger, replaying: source)
    }
    description = ReplayDescription(
      workers: replicas,
      lanes: lanes,
      chunks: library.chunks.count,
      bytes: library.chunks.values.reduce(0) { $0 + $1.block.byteCount },
      timeFactor: source.timeFactor,
      takesStandIns: source.takesStandIns
    )
  }

  /// A line for people about the workers once they can begin.
  ///
  /// - Parameter seconds: The time that it took to make them.
  /// - Returns: The line.
  package func line(readyAfter seconds: Double) -> String { description.line(readyAfter: seconds) }

  /// Runs all workers until they have left.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in workers { group.addTask { try await worker.run() } }
      try await group.waitForAll()
    }
  }
}
