internal import Addresses
internal import KVFormat
internal import Logging
internal import Runtime
internal import Transformer
internal import Workbench

/// A coordinator in this process, with worker processes of this executable.
struct LocalCluster: Sendable {
  /// The coordinator.
  let coordinator: CoordinatorNode
  private let workers: LocalWorkers

  /// Binds the workers' sockets; no worker is started before ``run(_:)``.
  ///
  /// - Parameters:
  ///   - count: The number of workers.
  ///   - lanes: The lanes of each.
  ///   - processors: The processors of each worker's lanes; nil when they are left to the system.
  ///   - model: The model that the workers load.
  ///   - loaded: The same, loaded; without its head the coordinator answers no questions.
  ///   - console: Where both report.
  /// - Throws: What the coordinator throws.
  init(
    workers count: Int,
    lanes: Int,
    processors: [[Int]]?,
    _ model: ModelChoice,
    _ loaded: LoadedModel,
    console: Console
  ) throws {
    let (token, logger) = (randomToken(), console.jobLogger())
    var configuration = CoordinatorConfiguration.ofThisProcess(
      listen: .freePort,
      memory: model.memory(),
      elsewhere: loaded.need(
        for: ModelUse(answers: true, workers: count, workerLanes: lanes),
        threads: model.threads
      ).elsewhere,
      logger: logger
    )
    configuration.workerToken = token
    configuration.expectedLanes = count * lanes
    coordinator = try CoordinatorNode(loaded: [loaded], configuration: configuration, logger: logger)
    let common = [
      "--coordinator", coordinator.controlAddress, "--model", model.path, "--lanes", String(lanes),
      "--compute", loaded.plans.workers.compute.rawValue, "--weights", loaded.plans.workers.choice.rawValue,
    ]
    workers = LocalWorkers(
      arguments: (0..<count).map { worker in
        let cpus = processors.map { $0[worker].map(String.init).joined(separator: ",") }
        return common + (cpus.map { ["--cpus", $0] } ?? ["--no-pin"])
      },
      token: token,
      console: console
    )
  }

  /// Runs a body while coordinator and workers run, and stops them afterwards.
  ///
  /// - Returns: What the body returns.
  /// - Throws: What the body throws, or one of them that ends early.
  func run<Result: Sendable>(
    _ body: @escaping @Sendable (CoordinatorNode) async throws -> Result
  ) async throws -> Result {
    try await withServices([coordinator, workers]) { try await body(coordinator) }
  }
}
