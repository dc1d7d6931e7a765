internal import CommandLineSupport
internal import Logging
internal import ServiceLifecycle

/// Runs services together until a signal arrives, then shuts them down in reverse order.
///
/// - Throws: Errors of a service; ``CommandFailure/interrupted`` after a signal.
func runUntilSignal(_ services: [any Service], console: Console) async throws {
  let group = serviceGroup(services)
  try await interruptible {
    await group.triggerGracefulShutdown()
    console.detail("stopping")
  } _: {
    try await group.run()
  }
}

/// Makes a group of services that start in order, stop in reverse order, and are cancelled if that takes
/// long.
func serviceGroup(_ services: [any Service]) -> ServiceGroup {
  var configuration = ServiceGroupConfiguration(
    services: services,
    logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
  )
  configuration.maximumGracefulShutdownDuration = .seconds(5)
  return ServiceGroup(configuration: configuration)
}

/// Runs a body while services run, and shuts them down afterwards.
///
/// - Returns: The body's result.
/// - Throws: Errors of the body, or of a service that ends early.
func withServices<Result: Sendable>(
  _ services: [any Service],
  _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  let group = serviceGroup(services)
  return try await withThrowingTaskGroup(of: Result?.self) { tasks in
    tasks.addTask {
      try await group.run()
      return nil
    }
    tasks.addTask { try await body() }
    while let outcome = try await tasks.next() {
      guard let result = outcome else { continue }
      await group.triggerGracefulShutdown()
      while await tasks.nextResult() != nil {}
      return result
    }
    throw CancellationError()
  }
}
