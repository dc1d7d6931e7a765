package import APITypes
package import Addresses
internal import HTTPTypes
package import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// Serves a coordinator over HTTP: OpenAI's chat completions and models, documents with their events,
/// workers, status and health.
package struct CoordinatorHTTPServer: Service {
  private let service: any CoordinatorService
  private let configuration: HTTPServerConfiguration
  private let logger: Logger
  private let onListening: @Sendable (HostPort) async -> Void

  /// Prepares a server; nothing listens before ``run()``.
  ///
  /// - Parameters:
  ///   - service: The coordinator.
  ///   - configuration: The address and the limits.
  ///   - logger: The log for failures of the coordinator.
  ///   - onListening: Called once connections are accepted, with the actual port.
  /// - Throws: ``HTTPServerError/notLoopback(_:)`` for a public address that was not allowed.
  package init(
    service: any CoordinatorService,
    configuration: HTTPServerConfiguration,
    logger: Logger,
    onListening: @escaping @Sendable (HostPort) async -> Void = { _ in }
  ) throws(HTTPServerError) {
    try configuration.validate()
    self.service = service
    self.configuration = configuration
    self.logger = logger
    self.onListening = onListening
  }

  /// Serves until graceful shutdown or cancellation. Streams end at once when shutdown begins.
  ///
  /// - Throws: ``HTTPServerError`` when it cannot listen on the address.
  package func run() async throws {
    do {
      try await application().run()
    } catch let error as IOError {
      let address = configuration.address
      throw isAddressInUse(error.errnoCode)
        ? HTTPServerError.addressInUse(address, cause: error)
        : HTTPServerError.cannotListen(address, reason: systemMessage(error.errnoCode), cause: error)
    } catch let error as SocketAddressError {
      throw HTTPServerError.cannotListen(configuration.address, reason: "\(error)", cause: error)
    }
  }

  /// The application around the routes, for tests without a socket.
  package func application() -> some ApplicationProtocol {
    let address = configuration.address
    // The libraries' own messages on starting and stopping are of no use at the level of ours.
    var quieter = logger
    quieter.logLevel = max(logger.logLevel, .warning)
    let registry = ConnectionRegistry(limit: configuration.maximumConnections, logger: logger)
    return Application(
      router: router(),
      server: HTTPServerBuilder { [configuration] responder in
        BoundedHTTPChannel(
          base: HTTP1Channel(responder: responder),
          check: configuration.requestCheck,
          limits: configuration.limits,
          registry: registry
        )
      },
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: Int(address.port)),
        serverName: "braid",
        availableConnectionsDelegate: .maximum(configuration.mostOpenConnections, logger: quieter)
      ),
      onServerRunning: { channel in
        let port = channel.localAddress?.port.map { UInt16(clamping: $0) } ?? address.port
        await onListening(HostPort(host: address.host, port: port))
      },
      logger: quieter
    )
  }

  private func router() -> Router<ConnectionContext> {
    let router = Router(context: ConnectionContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ErrorResponses(logger: logger))
    DocumentRoutes(service: service, configuration: configuration).add(to: router)
    ChatRoutes(service: service, configuration: configuration).add(to: router)
    StatusRoutes(service: service).add(to: router)
    return router
  }
}
