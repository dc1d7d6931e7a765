internal import Addresses
internal import HTTPAPI
internal import HTTPClient
internal import Logging
internal import ServiceLifecycle

/// A real server on a free port, before a fake coordinator, for the time of a test.
struct LiveServer: Sendable {
  let address: HostPort
  let group: ServiceGroup

  /// Runs a server and a client, then shuts the server down gracefully.
  static func with<Result: Sendable>(
    _ coordinator: FakeCoordinator,
    maximumDocumentBytes: Int = 1 << 20,
    keepAlive: Duration = .seconds(10),
    _ body: @escaping @Sendable (LiveServer, CoordinatorClient) async throws -> Result
  ) async throws -> Result {
    let (addresses, continuation) = AsyncStream.makeStream(of: HostPort.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = try CoordinatorHTTPServer(
      service: coordinator,
      configuration: HTTPServerConfiguration(
        address: HostPort(host: "127.0.0.1", port: 0),
        maximumDocumentBytes: maximumDocumentBytes,
        keepAlive: keepAlive
      ),
      logger: logger,
      onListening: { continuation.yield($0) }
    )
    let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { continuation.finish() }
        try await group.run()
      }
      guard let address = await addresses.first(where: { _ in true }) else {
        try await tasks.waitForAll()
        throw CancellationError()
      }
      let live = LiveServer(address: address, group: group)
      let url = try CoordinatorURL(parsing: "http://\(address)")
      let result = try await CoordinatorClient.with(url) { try await body(live, $0) }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return result
    }
  }
}

/// Waits until a condition holds, at most five seconds.
func eventually(_ condition: @Sendable () async throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(5)
  while ContinuousClock.now < deadline {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}
