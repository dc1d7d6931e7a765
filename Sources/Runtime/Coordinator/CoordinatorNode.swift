package import APITypes
internal import Cluster
internal import Coordinator
internal import Gate
internal import KVFormat
package import Logging
internal import ParallelContext
internal import ServiceLifecycle
internal import Tokenizers
internal import Transformer
internal import Wire

/// A coordinator: documents come in, workers encode them, questions are answered from the merged caches.
package actor CoordinatorNode: CoordinatorService, Service {
  /// The address that workers dial, with the actual port.
  package nonisolated let controlAddress: String

  /// The models; requests that name none get the first.
  nonisolated let models: [ServedModel]
  private nonisolated let catalog: ModelCatalog
  nonisolated let configuration: CoordinatorConfiguration
  nonisolated let hub: WorkerHub
  nonisolated let compute: ComputeThread
  nonisolated let rounds: AnswerRounds
  nonisolated let logger: Logger
  private let started = monotonicSeconds()
  var entries: [String: DocumentEntry] = [:]
  private var order: [String] = []
  var sinks: [SinkKey: EncodedSink] = [:]
  private var comparison = SinkComparison()

  /// Binds the workers' sockets.
  ///
  /// - Parameters:
  ///   - loaded: The models with their heads, 1 to ``ModelCatalog/most``. Requests that name none get the first.
  ///   - configuration: Addresses and limits.
  ///   - logger: The log.
  /// - Throws: A ``ModelFileError``, an `NNGError` when an address is taken, or a `ServiceError` for models that
  ///   cannot be told apart.
  package init(loaded: [LoadedModel], configuration: CoordinatorConfiguration, logger: Logger) throws {
    catalog = ModelCatalog(loaded.map { .init(path: $0.path, title: $0.model.configuration.name) })
    guard 1...ModelCatalog.most ~= loaded.count else {
      throw ServiceError(.badInput, "\(loaded.count) models are not possible: give 1 to \(ModelCatalog.most)")
    }
    if let name = catalog.duplicate {
      throw ServiceError(.badInput, "two models are named \(name): give their files different names")
    }
    models = try zip(loaded, catalog.ids).enumerated()
      .map { place, model in try ServedModel(model.0, id: model.1, place: place) }
    self.configuration = configuration
    self.logger = logger
    var ports = HubConfiguration(
      listen: configuration.listen,
      identities: loaded.map(\.identity),
      workerToken: configuration.workerToken
    )
    if let connections = configuration.workerConnections { ports.maximumConnections = connections }
    hub = try WorkerHub(configuration: ports, logger: logger)
    controlAddress = hub.boundAddress
    compute = try ComputeThread(limit: configuration.waitingQuestions)
    rounds = AnswerRounds(on: compute, configuration: configuration)
  }

  /// The warnings about models that people get once.
  package nonisolated var modelWarnings: [String] {
    models.compactMap { model in
      model.prompts.warning.map { models.count == 1 ? $0 : "model \(model.id): \($0)" }
    }
  }

  /// Returns the model that a request names, the first one if it names none.
  ///
  /// - Throws: `ServiceError` of code `badInput`.
  nonisolated func model(named name: String?) throws(ServiceError) -> ServedModel {
    models[try catalog.place(of: name)]
  }

  /// Serves workers until the task is cancelled or a graceful shutdown is over.
  package func run() async throws {
    try await hub.run()
    for entry in entries.values { entry.task?.cancel() }
  }

  /// Reads and cuts a document, and begins to encode it if the memory for documents allows.
  package func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    let began = monotonicSeconds()
    let prepared = try await prepare(submission, bytes: bytes)
    // Checked after the last suspension, so that two documents at once cannot both take the same memory.
    let held = entries.values.reduce(0) { $0 + $1.byteCount }
    let room = DocumentRoom(bytes: configuration.documentBytes, reason: configuration.documentBytesReason)
    if let refusal = room.refusal(needed: prepared.byteCount, held: held) { throw refusal }
    let id = documentID()
    let entry = DocumentEntry(id: id, submission: submission, prepared: prepared, began: began)
    entries[id] = entry
    // Else whoever follows a document that waits for workers would hear nothing of it.
    entries[id]?.broadcast.send(entry.progress.beginning(at: began, workers: workers(of: entry)))
    order.append(id)
    entries[id]?.task = Task { await self.encode(id, prepared: prepared) }
    return status(of: entry)
  }

  /// Returns the number of connected workers that have a document's model.
  func workers(of entry: DocumentEntry) -> Int { hub.connectedWorkers(with: entry.model.index) }

  /// Returns the status of a document, with the reason why it waits if nobody can encode it.
  private func status(of entry: DocumentEntry) -> DocumentStatus {
    var status = entry.progress.status
    if entry.progress.openChunks > 0 {
      let able = workers(of: entry)
      status.waiting = entry.model.waitingReason(workers: able, others: hub.connectedWorkers - able)
    }
    return status
  }

  /// The status of every document, oldest first.
  package func documents() -> [DocumentStatus] { order.compactMap { entries[$0].map(status(of:)) } }

  /// The status of a document.
  package func document(_ id: String) throws -> DocumentStatus { status(of: try entry(id)) }

  /// The events of a document from now on, the latest one first.
  package func events(_ id: String) throws -> AsyncStream<DocumentEvent> {
    _ = try entry(id)
    let stream = entries[id]?.broadcast.subscribe { [weak self] reader in
      Task { await self?.unsubscribe(reader, from: id) }
    }
    guard let stream else { throw Self.unknown(id) }
    return stream
  }

  private func unsubscribe(_ reader: Int, from id: String) { entries[id]?.broadcast.unsubscribe(reader) }

  /// The timeline of a document's committed chunks.
  package func timeline(_ id: String) throws -> DocumentTimeline { try entry(id).progress.timeline }

  /// Stops the encoding of a document and forgets it.
  package func delete(_ id: String) throws {
    let entry = try entry(id)
    entry.task?.cancel()
    entries[id]?.broadcast.send(.failed(message: "document \(id) was deleted"))
    entries[id] = nil
    order.removeAll { $0 == id }
  }

  /// Starts an answer from a document that is ready.
  package func answer(_ request: ChatRequest) async throws -> AsyncThrowingStream<AnswerEvent, any Error> {
    try request.validate()
    let entry = try entry(request.document)
    if let name = request.model, !name.isEmpty {
      let named = try catalog.places(of: name).map { models[$0] }
      guard named.contains(where: { $0.index == entry.model.index }) else {
        let other = named.first?.id ?? name
        throw ServiceError(
          .badInput,
          "document \(request.document) was encoded by \(entry.model.id) and cannot be asked with \(other): leave "
            + "the model out, or encode the document with \(other)",
          parameter: "model"
        )
      }
    }
    guard let context = entry.context else {
      let state = entry.progress.status.error ?? "it is still being encoded"
      throw ServiceError(.notReady, "document \(request.document) cannot be asked: \(state)")
    }
    return try answer(request, by: entry.model, over: context, of: entry.tokens)
  }

  /// The status of every worker that the hub knows.
  package func workers() -> [WorkerStatus] {
    hub.workers().map { worker in
      WorkerStatus(worker, models: models.filter { worker.models.contains($0.index) }.map(\.id))
    }
  }

  /// A summary of the coordinator's state.
  package func status() -> CoordinatorStatus {
    let connected = hub.workers().filter { $0.state == .connected || $0.state == .draining }
    let leased = connected.reduce(0) { $0 + $1.leases }
    let replayed = connected.count { $0.isReplay }
    let open = entries.values.reduce(0) { $0 + $1.progress.openChunks }
    return CoordinatorStatus(
      version: braidVersion,
      model: models[0].id,
      modelSHA256: models[0].loaded.identity.modelSHA256,
      models: models.map { model in
        let able = connected.filter { $0.models.contains(model.index) }
        return ModelStatus(
          id: model.id,
          sha256: model.loaded.identity.modelSHA256,
          workers: able.count,
          lanes: able.reduce(0) { $0 + $1.lanes },
          documents: entries.values.count { $0.model.index == model.index }
        )
      },
      uptimeSeconds: monotonicSeconds() - started,
      controlAddress: controlAddress,
      workers: connected.count,
      lanes: connected.reduce(0) { $0 + $1.lanes },
      documents: entries.count,
      chunksQueued: max(0, open - leased),
      chunksLeased: leased,
      kvBytes: entries.values.reduce(0) { $0 + $1.progress.receivedBytes },
      workersReplayed: replayed == 0 ? nil : replayed,
      workersPortProblem: hub.complaint,
      workersPort: hub.connections.map {
        PortTraffic(open: $0.connections, joined: $0.joined, refused: $0.refused, crowdedOut: $0.crowdedOut)
      }
    )
  }

  /// Warns once of a worker whose sink differs from the coordinator's, or from that of the first worker where the
  /// coordinator computes from weights in another form.
  func compare(_ key: SinkKey, _ report: ChunkReport) {
    guard let sink = sinks[key], report.sinkDigest != sink.reference?.digest else { return }
    let compute = hub.workers().first { $0.id == report.worker }?.compute ?? "unknown"
    guard let reference = sink.reference else {
      sinks[key]?.reference = .init(digest: report.sinkDigest, compute: compute, encoder: .worker)
      return
    }
    let message = comparison.message(worker: report.worker, compute: compute, reference: reference)
    if let message { logger.warning("\(message)", metadata: ["worker": "\(report.worker)"]) }
  }

  private func entry(_ id: String) throws(ServiceError) -> DocumentEntry {
    guard let entry = entries[id] else { throw Self.unknown(id) }
    return entry
  }

  private static func unknown(_ id: String) -> ServiceError {
    ServiceError(.notFound, "there is no document \(id); `braid documents` lists those there are")
  }
}

extension WorkerStatus {
  fileprivate init(_ snapshot: WorkerSnapshot, models: [String]) {
    let state: WorkerState =
      switch snapshot.state {
      case .connected, .draining: snapshot.leases > 0 ? .busy : .idle
      case .lost, .left: .lost
      }
    self.init(
      id: snapshot.id,
      name: snapshot.name,
      state: state,
      lanes: snapshot.lanes,
      lanesBusy: min(snapshot.leases, snapshot.lanes),
      compute: snapshot.compute,
      chunks: snapshot.chunks,
      tokensPerSecond: snapshot.tokensPerSecond,
      failures: snapshot.failures,
      lastSeenSeconds: snapshot.secondsSinceLastSeen,
      models: models,
      replayed: snapshot.isReplay ? true : nil
    )
  }
}
