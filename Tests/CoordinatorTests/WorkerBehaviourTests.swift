internal import Addresses
internal import Cluster
internal import Coordinator
internal import Glibc
internal import KVFormat
internal import Logging
internal import Memory
internal import Scheduling
internal import ServiceLifecycle
internal import Synchronization
internal import Testing
internal import Wire
internal import Worker

/// The behaviour of a worker apart from computing, seen from the hub.
@Suite(.timeLimit(.minutes(1)))
struct WorkerBehaviourTests {
  /// An encoder whose layers are a closure of the test; it writes the bytes that ``TestHub/kv(of:)`` expects.
  private final class ScriptedEncoder: LaneEncoder {
    struct Failure: Error, CustomStringConvertible {
      let description: String
    }

    /// Called before each layer, on the lane's thread, with the layer and whether the chunk is still wanted.
    let beforeLayer: @Sendable (Int, () -> Bool) throws -> Void

    init(_ beforeLayer: @escaping @Sendable (Int, () -> Bool) throws -> Void) {
      self.beforeLayer = beforeLayer
    }

    func encode(
      _ assignment: ChunkAssignment,
      into destination: UnsafeMutableRawBufferPointer,
      ready: (Int) -> Void,
      isCancelled: () -> Bool
    ) throws -> EncodeReport {
      let kv = TestHub.kv(of: assignment.tokens)
      let layerBytes = kv.count / TestHub.shape.layers
      for layer in 0..<TestHub.shape.layers {
        try beforeLayer(layer, isCancelled)
        let part = layer * layerBytes..<(layer + 1) * layerBytes
        destination[part].copyBytes(from: kv[part])
        ready(part.upperBound)
      }
      return EncodeReport(computeSeconds: 0.5, sinkDigest: 7)
    }
  }

  private static func worker(
    _ hub: WorkerHub,
    lanes: Int = 1,
    _ beforeLayer: @escaping @Sendable (Int, () -> Bool) throws -> Void
  ) throws -> WorkerService {
    var configuration = WorkerConfiguration(
      coordinator: try CoordinatorAddress(parsing: hub.boundAddress),
      lanes: lanes,
      identities: [TestHub.identity],
      compute: .bf16,
      name: "worker"
    )
    configuration.frameBytes = ScriptedWorker.frameBytes
    configuration.timing.leaseWait = .seconds(3)
    return try WorkerService(configuration: configuration, logger: TestHub.logger) { _ in
      ScriptedEncoder(beforeLayer)
    }
  }

  private static var configuration: HubConfiguration {
    var configuration = TestHub.configuration
    configuration.policy.heartbeatPeriod = .milliseconds(200)
    configuration.policy.missedHeartbeats = 20
    return configuration
  }

  /// Makes a lane wait for a condition, on its own thread, for 20 s at most.
  private static func block(until condition: () -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
      guard ContinuousClock.now < deadline else {
        throw ScriptedEncoder.Failure(description: "waited in vain")
      }
      shortSleep()
    }
  }

  @Test func layersTravelWhileTheNextIsComputed() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let received = Atomic(0)
      // The last layer is not begun before three quarters of the chunk have arrived at the hub.
      let job = TestHub.job([512])
      let total = TestHub.shape.byteCount(tokens: 512, type: .bf16) ?? 0
      let early = Mutex(0)
      let worker = try Self.worker(hub) { layer, _ in
        guard layer == 3 else { return }
        try Self.block { received.load(ordering: .acquiring) >= total * 3 / 4 }
        early.withLock { $0 = received.load(ordering: .acquiring) }
      }
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      var chunk: [UInt8] = []
      for await event in try hub.submit(job) {
        switch event {
        case .progress(_, let bytes, _): received.store(bytes, ordering: .releasing)
        case .committed(_, let kv, let report):
          chunk = Array(kv.bytes)
          #expect(report.computeSeconds == 0.5)
        case .failed(let error): Issue.record("\(error)")
        default: break
        }
      }
      #expect(early.withLock { $0 } == total * 3 / 4)
      #expect(chunk == TestHub.kv(of: Array(0..<512)))
    }
  }

  @Test func aLaneComputesOnWhileItsTailWaitsAndNoFurther() async throws {
    var configuration = Self.configuration
    let chunkBytes = TestHub.shape.byteCount(tokens: 100, type: .bf16) ?? 0
    configuration.transferBudgetBytes = chunkBytes * 3 / 2
    try await TestHub.running(configuration) { hub in
      let job = TestHub.job(Array(repeating: 100, count: 5))
      async let record = JobRecord(try hub.submit(job))
      // Another worker takes the only memory there is for a transfer.
      let hog = try await ScriptedWorker.join(hub)
      let grant = try await hog.lease()
      let begun = try await hog.begin(grant)
      #expect(begun == .granted(receivedBytes: 0))
      let computed = Atomic(0)
      let worker = try Self.worker(hub) { layer, _ in
        if layer == 3 { computed.add(1, ordering: .relaxed) }
      }
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      try await TestWorker.wait { computed.load(ordering: .relaxed) == 2 }
      _ = try await hog.heartbeat([grant.token])
      try await Task.sleep(for: .milliseconds(400))
      #expect(computed.load(ordering: .relaxed) == 2, "both buffers of the lane are full")
      #expect(try await hog.deliver(grant) == .committed)
      try await hog.bye()
      #expect(try await record.isWhole(job))
    }
  }

  @Test func anEncoderThatAlwaysFailsFailsTheJobWithItsReason() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let worker = try Self.worker(hub) { layer, _ in
        if layer == 2 { throw ScriptedEncoder.Failure(description: "layer 2 is out of order") }
      }
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      let record = await JobRecord(try hub.submit(TestHub.job([30])))
      #expect(record.error?.code == .tooManyAttempts)
      #expect(record.error?.message.contains("layer 2 is out of order") == true)
      #expect(record.commits == 0)
      // The worker itself is well.
      #expect(hub.workers().map(\.state) == [.connected])
    }
  }

  @Test func anEncoderIsToldThatItsJobWasCancelled() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let begun = Atomic(0)
      let told = Atomic(0)
      let worker = try Self.worker(hub) { layer, isCancelled in
        guard layer == 1, begun.add(1, ordering: .relaxed).newValue == 1 else { return }
        try Self.block(until: isCancelled)
        told.add(1, ordering: .relaxed)
        throw CancellationError()
      }
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      let job = TestHub.job([30])
      async let record = JobRecord(try hub.submit(job))
      try await TestWorker.wait { begun.load(ordering: .relaxed) == 1 }
      hub.cancel(job: job.id)
      #expect(try await record.error?.code == .cancelled)
      try await TestWorker.wait { told.load(ordering: .relaxed) == 1 }
      // It is free for other work.
      let again = TestHub.job([20], id: "6f1c2d2e-0000-4000-8000-000000000002")
      #expect(await JobRecord(try hub.submit(again)).isWhole(again))
    }
  }

  @Test func aGracefulShutdownFinishesTheChunkAndSaysGoodbye() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let begun = Atomic(0)
      let mayGoOn = Atomic(false)
      let worker = try Self.worker(hub) { layer, _ in
        if layer == 1 {
          begun.add(1, ordering: .relaxed)
          try Self.block { mayGoOn.load(ordering: .relaxed) }
        }
      }
      let group = ServiceGroup(
        configuration: .init(
          services: [
            .init(
              service: worker,
              successTerminationBehavior: .gracefullyShutdownGroup,
              failureTerminationBehavior: .gracefullyShutdownGroup
            )
          ],
          logger: TestHub.logger
        )
      )
      async let running: Void = group.run()
      let job = TestHub.job([30, 30])
      async let record = JobRecord(try hub.submit(job))
      try await TestWorker.wait { begun.load(ordering: .relaxed) == 1 }
      await group.triggerGracefulShutdown()
      try await Task.sleep(for: .milliseconds(100))
      mayGoOn.store(true, ordering: .relaxed)
      try await running
      #expect(begun.load(ordering: .relaxed) == 1, "no second chunk was begun")
      #expect(hub.workers().map(\.state) == [.left])
      #expect(hub.workers().map(\.chunks) == [1])
      // The other chunk is still to be had.
      let other = try await ScriptedWorker.join(hub)
      try await other.work()
      #expect(try await record.isWhole(job))
      try await other.bye()
    }
  }

  @Test func aWorkerThatStaysIsThereWhenTheCoordinatorComesBack() async throws {
    var configuration = Self.configuration
    configuration.shutdownGrace = .seconds(3)
    let first = try WorkerHub(configuration: configuration, logger: TestHub.logger)
    let firstRun = Task { try await first.run() }
    let forwarder = try Forwarder(to: first.boundAddress)
    defer { forwarder.close() }
    var settings = WorkerConfiguration(
      coordinator: try CoordinatorAddress(parsing: forwarder.address),
      lanes: 2,
      identities: [TestHub.identity],
      compute: .bf16,
      name: "faithful"
    )
    settings.frameBytes = ScriptedWorker.frameBytes
    settings.timing.longestPause = .milliseconds(200)
    settings.staysAfterDrain = true
    let worker = try WorkerService(configuration: settings, logger: TestHub.logger) { _ in
      ScriptedEncoder { _, _ in }
    }
    let running = Task { try await worker.run() }
    defer { running.cancel() }
    try await TestWorker.wait { first.workers().map(\.state) == [.connected] }
    await first.shutdown()
    try await firstRun.value
    #expect(first.workers().first?.state == .left)

    try await TestHub.running(configuration) { second in
      forwarder.cut(andGoOnTo: second.boundAddress)
      let job = TestHub.job([40, 50])
      let record = await JobRecord(try second.submit(job))
      #expect(record.isWhole(job))
      #expect(second.workers().map(\.name) == ["faithful"])
    }
  }
}

/// Two milliseconds of a lane's thread.
private func shortSleep() {
  usleep(2000)
}
