internal import ArgumentParser
internal import CommandLineSupport
internal import HTTPClient

extension CoordinatorOptions {
  /// Runs a body with a client of the coordinator, until it ends or a signal arrives.
  func withClient<Result: Sendable>(
    _ body: @escaping @Sendable (CoordinatorClient) async throws -> Result
  ) async throws -> Result {
    let url = try CoordinatorURL(parsing: try Settings.current.httpCoordinator(flag: coordinator))
    return try await interruptible { try await CoordinatorClient.with(url, body) }
  }
}
