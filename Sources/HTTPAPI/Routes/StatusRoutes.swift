internal import APITypes
internal import Hummingbird

/// The routes about the coordinator itself: models, workers, status, health.
struct StatusRoutes: Sendable {
  let service: any CoordinatorService

  func add(to router: Router<ConnectionContext>) {
    router.get("v1/models") { _, _ in
      let status = try await service.status()
      let started = secondsSince1970() - (Int(exactly: status.uptimeSeconds.rounded()) ?? 0)
      let names = status.models?.map(\.id) ?? [status.model]
      return try Response(json: ListResponse(names.map { ModelDescription(id: $0, created: started) }))
    }
    router.get("v1/workers") { _, _ in try Response(json: ListResponse(try await service.workers())) }
    router.get("v1/status") { _, _ in try Response(json: try await service.status()) }
    router.get("healthz") { _, _ in
      if let problem = try await service.status().workersPortProblem {
        throw ServiceError(.unavailable, problem)
      }
      return "ok\n"
    }
  }
}
