internal import APITypes
internal import CommandLineSupport
internal import Logging
internal import ServiceLifecycle

/// A coordinator in this process.
protocol LocalCoordinator: CoordinatorService, Service {
  /// Where its workers dial, with the actual port.
  var controlAddress: String { get }
}

/// What a coordinator is made of.
struct CoordinatorSetup: Sendable {
  var modelPath: String
  var listen: String
  var compute: Compute
  /// The secret workers must show, if any.
  var token: String?
  /// Whether an address without encryption may be reachable from other machines.
  var insecure: Bool
  var logger: Logger
}

/// What a worker is made of.
struct WorkerSetup: Sendable {
  var modelPath: String
  var coordinator: String
  var lanes: Int
  var compute: Compute
  var name: String
  var token: String?
  var logger: Logger
}

/// Loads the model and binds the workers' sockets.
func makeCoordinator(_ setup: CoordinatorSetup) async throws -> any LocalCoordinator {
  throw CommandFailure(.failed, "The coordinator is not linked yet.")
}

/// Loads the model.
func makeWorker(_ setup: WorkerSetup) async throws -> any Service {
  throw CommandFailure(.failed, "The worker is not linked yet.")
}

/// Reads a model file's metadata.
func modelInfo(path: String) throws -> ModelInfo {
  throw CommandFailure(.failed, "The model reader is not linked yet.")
}

/// Checks the textual form of a policy.
func validatePolicy(_ text: String) throws(CommandFailure) {}
