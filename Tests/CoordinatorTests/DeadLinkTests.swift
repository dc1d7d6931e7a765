internal import Cluster
internal import Coordinator
internal import Scheduling
internal import Testing
internal import Worker

/// Connections that are slow, or up but dead.
@Suite(.timeLimit(.minutes(1)))
struct DeadLinkTests {
  private static var configuration: HubConfiguration {
    var configuration = TestHub.configuration
    configuration.policy.heartbeatPeriod = .milliseconds(200)
    configuration.policy.missedHeartbeats = 5
    return configuration
  }

  private static func start(_ address: String, lanes: Int, pace: TestWorker.Pace) throws -> Task<
    Void, any Error
  > {
    let worker = try TestWorker.make(address, name: "far", lanes: lanes, pace: pace) { timing in
      timing.requestTimeout = .milliseconds(500)
      timing.bulkSilence = .seconds(2)
    }
    return Task { try await worker.run() }
  }

  /// A hub that tells workers to send chunks through a forwarder, and runs while the body does.
  private static func behindForwarder(
    delayMilliseconds: UInt32 = 0,
    _ body: @escaping @Sendable (WorkerHub, Forwarder) async throws -> Void
  ) async throws {
    let forwarder = try Forwarder(delayMilliseconds: delayMilliseconds)
    defer { forwarder.close() }
    var configuration = Self.configuration
    configuration.bulkPort = forwarder.port
    try await TestHub.running(configuration) { hub in
      forwarder.cut(andGoOnTo: hub.boundAddress)
      try await body(hub, forwarder)
    }
  }

  @Test func aDeadControlConnectionIsDialledAnew() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let forwarder = try Forwarder(to: hub.boundAddress)
      defer { forwarder.close() }
      let worker = try Self.start(forwarder.address, lanes: 1, pace: TestWorker.Pace())
      defer { worker.cancel() }
      try await TestWorker.wait { hub.workers().map(\.state) == [.connected] }
      forwarder.strand()
      try await TestWorker.wait { hub.workers().contains { $0.id == "w2" && $0.state == .connected } }
      let job = TestHub.job([40, 50])
      #expect(await JobRecord(try hub.submit(job)).isWhole(job))
    }
  }

  @Test func aDeadBulkConnectionIsDialledAnew() async throws {
    try await Self.behindForwarder { hub, forwarder in
      let pace = TestWorker.Pace(layerMilliseconds: 100)
      let worker = try Self.start(hub.boundAddress, lanes: 1, pace: pace)
      defer { worker.cancel() }
      let job = TestHub.job([150, 150])
      async let record = JobRecord(try hub.submit(job))
      try await TestWorker.wait { pace.chunksBegun == 1 }
      // The first layers are on their way.
      try await Task.sleep(for: .milliseconds(200))
      forwarder.strand()
      #expect(try await record.isWhole(job))
    }
  }

  /// A worker that cannot send chunks would look idle, take leases and deliver nothing.
  @Test func aWorkerThatCannotSendChunksTakesNone() async throws {
    var configuration = Self.configuration
    // Nobody listens there.
    configuration.bulkPort = 1
    try await TestHub.running(configuration) { hub in
      let worker = try Self.start(hub.boundAddress, lanes: 1, pace: TestWorker.Pace())
      defer { worker.cancel() }
      let job = Task { await JobRecord(try hub.submit(TestHub.job([40]))) }
      // It registers, finds out, leaves, and registers again.
      try await TestWorker.wait { hub.workers().count { $0.state == .left } >= 2 }
      #expect(hub.workers().allSatisfy { $0.leases == 0 && $0.failures == 0 })
      job.cancel()
      #expect(try await job.value.leased.isEmpty)
    }
  }

  /// Attempts count from the last progress, not from the start of the chunk.
  @Test func aTransferOutlivesMoreBreaksThanAttemptsAsLongAsItGoesOn() async throws {
    // Slow enough that there is always a frame under way.
    try await Self.behindForwarder(delayMilliseconds: 50) { hub, forwarder in
      let worker = try TestWorker.make(hub.boundAddress, name: "far", lanes: 1, pace: TestWorker.Pace()) {
        $0.transferAttempts = 2
      }
      let task = Task { try await worker.run() }
      defer { task.cancel() }
      var cuts = 0
      var received = 0
      var retries: Int?
      for await event in try hub.submit(TestHub.job([1500])) {
        switch event {
        case .progress(_, let now, _) where cuts < 4 && now >= received + 4 * ScriptedWorker.frameBytes:
          received = now
          cuts += 1
          forwarder.cut()
        case .retried(_, let reason): Issue.record("a lease was repeated: \(reason)")
        case .finished(let summary): retries = summary.retries
        default: break
        }
      }
      #expect(cuts == 4)
      #expect(retries == 0)
    }
  }

  @Test func framesThatTakeLongerThanARequestMayAreNotSentAgain() async throws {
    // 64 KiB in 100 ms, and each lane has two frames of that size under way.
    try await Self.behindForwarder(delayMilliseconds: 100) { hub, forwarder in
      let worker = try Self.start(hub.boundAddress, lanes: 6, pace: TestWorker.Pace())
      defer { worker.cancel() }
      let job = TestHub.job([150, 150, 150, 150, 150, 150])
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job))
      #expect(record.summary?.retries == 0)
    }
  }
}
