internal import Addresses
package import Logging
internal import NNG
internal import Scheduling
internal import ServiceLifecycle
internal import Wire

/// A worker, which registers with a coordinator, encodes chunks on its lanes, and sends them back.
///
/// It survives lost connections and restarted coordinators. It ends when it is refused, when the coordinator
/// drains it, at a graceful shutdown, or when its task is cancelled. The coordinator's drain and a graceful
/// shutdown finish the work in hand; a cancellation drops it at once.
package final class WorkerService: Service {
  let configuration: WorkerConfiguration
  let logger: Logger
  /// Makes the lane of an index, on a processor or on any.
  private let makeLane: @Sendable (Int, Int?) async throws -> any WorkerLane
  /// True if it sends recorded chunks instead of computing.
  let isReplay: Bool
  let address: CoordinatorAddress
  let incarnation = UInt64.random(in: 1 ... .max)
  let leaving = Signal()

  /// Makes a worker; nothing is opened or started yet.
  ///
  /// - Parameters:
  ///   - configuration: The worker's size and its coordinator.
  ///   - logger: The log.
  ///   - makeEncoder: Makes the encoder of a lane, given the lane's index; called once a lane, on the lane's
  ///     own thread.
  /// - Throws: ``WorkerError`` when the configuration makes no sense.
  package convenience init(
    configuration: WorkerConfiguration,
    logger: Logger,
    makeEncoder: @escaping @Sendable (Int) throws -> any LaneEncoder
  ) throws(WorkerError) {
    try self.init(configuration, logger, isReplay: false) { index, cpu in
      let lane = try Lane(index: index, cpu: cpu)
      do { try await lane.prepare(makeEncoder) } catch {
        lane.stop()
        throw error
      }
      return lane
    }
  }

  /// Makes a worker of lanes of any kind.
  ///
  /// - Parameters:
  ///   - configuration: The worker's size and its coordinator.
  ///   - logger: The log.
  ///   - isReplay: True if its lanes send recorded chunks instead of computing.
  ///   - makeLane: Makes the lane of an index, on a processor or on any.
  /// - Throws: ``WorkerError`` when the configuration makes no sense.
  package init(
    _ configuration: WorkerConfiguration,
    _ logger: Logger,
    isReplay: Bool,
    makeLane: @escaping @Sendable (Int, Int?) async throws -> any WorkerLane
  ) throws(WorkerError) {
    self.address = configuration.coordinator
    guard 1...1024 ~= configuration.lanes else {
      throw .invalidConfiguration(reason: "\(configuration.lanes) lanes are not possible; use 1 to 1024")
    }
    guard 1...WireProtocol.maximumModels ~= configuration.identities.count else {
      throw .invalidConfiguration(
        reason:
          "\(configuration.identities.count) models are not possible; use 1 to \(WireProtocol.maximumModels)"
      )
    }
    guard WireProtocol.frameBytes ~= configuration.frameBytes else {
      throw .invalidConfiguration(
        reason:
          "frames of \(configuration.frameBytes) bytes are not possible; "
          + "use \(WireProtocol.frameBytes.lowerBound) to \(WireProtocol.frameBytes.upperBound)"
      )
    }
    self.configuration = configuration
    self.logger = logger
    self.isReplay = isReplay
    self.makeLane = makeLane
  }

  /// Works until the worker is to leave.
  ///
  /// - Throws: ``WorkerError`` when the worker cannot go on, `CancellationError` when its task is cancelled.
  package func run() async throws {
    try await withGracefulShutdownHandler {
      let lanes = try await makeLanes()
      defer { for lane in lanes { lane.stop() } }
      try await work(lanes)
    } onGracefulShutdown: {
      self.leaving.raise()
    }
  }

  private func makeLanes() async throws -> [any WorkerLane] {
    let processors = configuration.processors
    return try await withThrowingTaskGroup(of: (any WorkerLane).self) { group in
      for index in 0..<configuration.lanes {
        let cpu = processors.isEmpty ? nil : processors[index % processors.count]
        group.addTask { try await self.makeLane(index, cpu) }
      }
      var lanes: [any WorkerLane] = []
      var failure: (any Error)?
      while let result = await group.nextResult() {
        switch result {
        case .success(let lane): lanes.append(lane)
        case .failure(let error): failure = failure ?? error
        }
      }
      guard let failure else { return lanes }
      for lane in lanes { lane.stop() }
      throw failure
    }
  }

  private func work(_ lanes: [any WorkerLane]) async throws {
    var control: ControlLink?
    var bulk: BulkLink?
    var backoff = Backoff(first: configuration.timing.firstPause, limit: configuration.timing.longestPause)
    var generator = SystemRandomNumberGenerator()
    defer {
      // Whatever the reason: a connection that may still carry data is never closed on this side.
      control?.socket.abandon()
      bulk?.socket.abandon()
    }
    while true {
      let former = control?.socket
      guard let (current, registered) = try await register(&control) else { return }
      // If the control connection has died, the bulk connection seldom lives.
      if let former, current.socket !== former { bulk?.giveUp() }
      let link = try bulkLink(beside: current, port: registered.bulkPort, current: bulk)
      bulk = link
      let frameBytes = WireProtocol.agreedFrameBytes(registered.maxFrameBytes, configuration.frameBytes)
      guard let frameBytes else {
        throw WorkerError.refused(
          reason: "it takes frames of \(registered.maxFrameBytes) bytes at most, which is too little"
        )
      }
      let session = WorkerSession(
        registered: registered,
        frameBytes: frameBytes,
        control: current,
        bulk: link,
        configuration: configuration,
        leaving: leaving,
        logger: logger
      )
      logger.info("registered", metadata: ["coordinator": "\(address)", "session": "\(registered.session)"])
      let start = ContinuousClock.now
      switch try await serve(lanes, session, link) {
      case .drained:
        await session.leave()
        // Nothing is under way any more, so these may be closed, which tells the coordinator at once.
        await current.socket.closeWhenQuiet(within: .seconds(1))
        await link.socket.closeWhenQuiet(within: .seconds(1))
        logger.info("left the coordinator", metadata: ["coordinator": "\(address)"])
        guard configuration.staysAfterDrain, !leaving.isRaised else { return }
        control = nil
        bulk = nil
      case .lost(let reason):
        try Task.checkCancellation()
        logger.warning("lost the coordinator: \(reason)", metadata: ["coordinator": "\(address)"])
      }
      if ContinuousClock.now - start > configuration.timing.longestPause { backoff.reset() }
      await leaving.sleep(for: backoff.next(using: &generator))
    }
  }

  /// Works for a registration, after a test that chunks can be sent.
  private func serve(
    _ lanes: [any WorkerLane],
    _ session: WorkerSession,
    _ link: BulkLink
  ) async throws -> WorkerSession.End {
    if let reason = try await link.silenceReason() {
      link.giveUp()
      await session.leave()
      return .lost("chunks cannot be sent to \(link.socket.address), which has to be open too: \(reason)")
    }
    return await session.serve(lanes)
  }

  /// Returns the connection for chunks: the current one, unless it has died or the coordinator has moved to
  /// another port.
  private func bulkLink(beside control: ControlLink, port: UInt16, current: BulkLink?) throws -> BulkLink {
    guard let address = control.address.bulk(port: UInt32(port))?.description else {
      throw WorkerError.refused(reason: "it names port \(port) for chunks, which does not exist")
    }
    if let current, current.socket.address == address, !current.isGivenUp { return current }
    current?.socket.abandon()
    return try BulkLink(dialing: address, timing: configuration.timing)
  }
}
