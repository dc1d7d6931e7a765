internal import Addresses
internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Logging
internal import Memory
internal import Scheduling
internal import Wire
internal import Worker

/// A benchmark of the transfer of chunks' keys and values from workers to the coordinator, and nothing else.
///
/// A hub and workers run as in production, over real sockets. Only the encoder is a stand-in, whose bytes are
/// ready at once. So every frame is read, checksummed, sent, received, checked and stored by the code that
/// does it for a document. An unmeasured first round touches and fills all blocks, which are then used again.
package struct WireBenchmark: Sendable {
  /// The connection between the two sides.
  package enum Transport: String, CaseIterable, Sendable {
    /// TCP over the loopback interface, through the gate, as in production.
    case tcp
    /// TCP without the gate, to show the cost of the gate.
    case direct
    /// A Unix domain socket.
    case ipc
    /// No socket: messages are passed inside the process.
    case inproc
  }

  /// The settings of a measurement.
  package struct Configuration: Hashable, Sendable {
    /// The connection between the two sides.
    package var transport = Transport.tcp
    /// Bytes that all senders together send in a round, rounded up to whole tokens of 32 KiB.
    package var bytes = 512 << 20
    /// Payload bytes of a frame: a multiple of 4 KiB between 64 KiB and 8 MiB.
    package var frameBytes = ClusterFigures.usual.frameBytes
    /// The number of workers that send at the same time, each over a connection of its own.
    package var senders = 1
    /// The number of measured rounds.
    package var repetitions = 5

    /// Makes the default configuration.
    package init() {}

    /// The error in the configuration, as a sentence that begins with a flag; nil if there is none.
    package var problem: String? {
      guard WireProtocol.agreedFrameBytes(frameBytes, frameBytes) == frameBytes else {
        let range = WireProtocol.frameBytes
        return "--frame-bytes is \(frameBytes): it must be a multiple of \(WireProtocol.frameGranularity) "
          + "from \(range.lowerBound) to \(range.upperBound)."
      }
      guard 1...WireBenchmark.maximumBytes ~= bytes else {
        return "--bytes is \(bytes): it must lie between 1 and \(WireBenchmark.maximumBytes)."
      }
      guard 1...64 ~= senders else { return "--senders is \(senders): it must lie between 1 and 64." }
      guard 1...1000 ~= repetitions else {
        return "--repetitions is \(repetitions): it must lie between 1 and 1000."
      }
      return nil
    }
  }

  static let maximumBytes = 8 << 30
  private let configuration: Configuration

  /// Prepares a measurement.
  ///
  /// - Parameter configuration: What to send, and how.
  /// - Throws: ``BenchmarkError`` when that cannot be.
  package init(_ configuration: Configuration) throws(BenchmarkError) {
    if let problem = configuration.problem { throw BenchmarkError(.badConfiguration, problem) }
    self.configuration = configuration
  }

  /// Runs the measurement, which takes about as long as sending `repetitions + 1` times.
  ///
  /// - Returns: The figures.
  /// - Throws: ``BenchmarkError`` when bytes arrive wrong or not at all; errors of hub, worker and sockets;
  ///   `CancellationError`.
  package func run() async throws -> WireReport {
    let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let limits = try HardwareLimits.measure(configuration)
    let address = configuration.transport.address
    let hub = try WorkerHub(configuration: hubConfiguration(listen: address), logger: logger)
    return try await withThrowingTaskGroup(of: WireReport?.self) { group in
      group.addTask {
        try await hub.run()
        return nil
      }
      for index in 0..<configuration.senders {
        let worker = try WorkerService(
          configuration: workerConfiguration(index, coordinator: hub.address),
          logger: logger
        ) { _ in InstantEncoder() }
        group.addTask {
          try await worker.run()
          return nil
        }
      }
      group.addTask { try await measure(hub, limits) }
      defer { group.cancelAll() }
      for try await case let report? in group { return report }
      throw CancellationError()
    }
  }

  private func measure(_ hub: WorkerHub, _ limits: HardwareLimits) async throws -> WireReport {
    let deadline = ContinuousClock.now + .seconds(20)
    while hub.workers().count(where: { $0.state == .connected }) < configuration.senders {
      guard ContinuousClock.now < deadline else {
        throw BenchmarkError(.noWorkers, "no sender came within 20 s")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    var rounds: [WireReport.Round] = []
    for index in 0...configuration.repetitions {
      let round = try await round(index, over: hub)
      // The first round touches all memory for the first time.
      if index > 0 { rounds.append(round) }
    }
    await hub.shutdown()
    return WireReport(
      transport: configuration.transport.rawValue,
      frameBytes: configuration.frameBytes,
      senders: configuration.senders,
      rounds: rounds,
      limits: limits
    )
  }

  private func round(_ index: Int, over hub: WorkerHub) async throws -> WireReport.Round {
    let job = WirePattern.job(bytes: configuration.bytes, number: index)
    var blocks = [AlignedBuffer?](repeating: nil, count: job.chunks.count)
    let start = ContinuousClock.now
    let startUsage = HardwareLimits.processorSeconds()
    var end = start
    for await event in try hub.submit(job) {
      switch event {
      case .committed(let chunk, let block, _): blocks[chunk] = block
      case .finished: end = .now
      case .failed(let error): throw BenchmarkError(.failed, "the transfer failed: \(error)", cause: error)
      default: break
      }
    }
    let usage = HardwareLimits.processorSeconds() - startUsage
    try Task.checkCancellation()
    var bytes = 0
    for (chunk, block) in zip(job.chunks, blocks) {
      guard let block, WirePattern.isIntact(block.bytes, tokens: chunk) else {
        throw BenchmarkError(.wrongResult, "the bytes that arrived are not those that were sent")
      }
      bytes += block.byteCount
    }
    return WireReport.Round(bytes: bytes, seconds: (end - start) / .seconds(1), processorSeconds: usage)
  }

  private func hubConfiguration(listen: CoordinatorAddress) -> HubConfiguration {
    var hub = HubConfiguration(listen: listen, identities: [WirePattern.identity])
    hub.isGated = configuration.transport != .direct
    hub.maximumFrameBytes = configuration.frameBytes
    // Enough to keep all blocks of a round for the next one.
    hub.keptBlockBytes = configuration.bytes + (64 << 20)
    hub.shutdownGrace = .seconds(2)
    return hub
  }

  private func workerConfiguration(_ index: Int, coordinator: CoordinatorAddress) -> WorkerConfiguration {
    var worker = WorkerConfiguration(
      coordinator: coordinator,
      lanes: 1,
      identities: [WirePattern.identity],
      compute: .bf16,
      name: "sender \(index + 1)"
    )
    worker.frameBytes = configuration.frameBytes
    return worker
  }
}
