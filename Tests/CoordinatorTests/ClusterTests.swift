internal import Addresses
internal import Cluster
internal import Coordinator
internal import Scheduling
internal import Testing
internal import Wire
internal import Worker

/// The real hub and the real worker, over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct ClusterTests {
  /// Quick to notice a silent worker, yet patient enough for a busy machine.
  private static var configuration: HubConfiguration {
    var configuration = TestHub.configuration
    configuration.policy.heartbeatPeriod = .milliseconds(400)
    configuration.policy.acknowledgementGrace = .seconds(3)
    return configuration
  }

  @Test func twoWorkersShareAJob() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let pace = TestWorker.Pace(layerMilliseconds: 10)
      let workers = [
        try TestWorker.start(hub.boundAddress, name: "left", pace: pace),
        try TestWorker.start(hub.boundAddress, name: "right", lanes: 2, pace: pace),
      ]
      defer { for worker in workers { worker.cancel() } }
      try await TestWorker.wait { hub.workers().count == 2 }
      let job = TestHub.job((0..<20).map { 100 + $0 * 7 })
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job))
      #expect(record.summary?.retries == 0)
      #expect(Set(record.reports.values.map(\.worker)) == ["w1", "w2"])
      #expect(record.reports.values.allSatisfy { $0.sinkDigest == 7 && $0.computeSeconds > 0.03 })
      #expect(hub.workers().reduce(0) { $0 + $1.chunks } == 20)
      #expect(hub.workers().allSatisfy { $0.chunks > 0 && $0.tokensPerSecond > 0 })
    }
  }

  @Test func severalJobsAtOnce() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let worker = try TestWorker.start(hub.boundAddress, name: "only", lanes: 2)
      defer { worker.cancel() }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 1...4 {
          group.addTask {
            let job = TestHub.job([50 * index, 60, 70], id: "6f1c2d2e-0000-4000-8000-00000000010\(index)")
            return await JobRecord(try hub.submit(job)).isWhole(job)
          }
        }
        for try await isWhole in group { #expect(isWhole) }
      }
    }
  }

  @Test func aWorkerThatVanishesLosesNothing() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let forwarder = try Forwarder(to: hub.boundAddress)
      let pace = TestWorker.Pace(layerMilliseconds: 300)
      let doomed = try TestWorker.start(forwarder.address, name: "doomed", pace: pace)
      let job = TestHub.job([300, 40, 50])
      async let record = JobRecord(try hub.submit(job))
      // In the middle of computing and sending.
      try await TestWorker.wait { pace.chunksBegun == 1 }
      try await Task.sleep(for: .milliseconds(400))
      doomed.cancel()
      forwarder.close()
      let survivor = try TestWorker.start(hub.boundAddress, name: "survivor")
      defer { survivor.cancel() }
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.retried.contains { $0.reason.contains("lost") })
      #expect(result.reports.values.allSatisfy { $0.worker == "w2" })
      #expect(hub.workers().contains { $0.name == "doomed" && $0.state == .lost })
    }
  }

  @Test func aFrozenWorkerIsReplacedAndComesBack() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let forwarder = try Forwarder(to: hub.boundAddress)
      defer { forwarder.close() }
      let pace = TestWorker.Pace(layerMilliseconds: 15_000)
      let frozen = try TestWorker.start(forwarder.address, name: "frozen", pace: pace)
      defer { frozen.cancel() }
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      try await TestWorker.wait { pace.chunksBegun == 1 }
      // The connections stay, but nothing moves any more.
      forwarder.freeze()
      let other = try TestWorker.start(hub.boundAddress, name: "other")
      defer { other.cancel() }
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.reports[0]?.attempt == 2)
      #expect(result.retried.first?.reason.contains("silent") == true)
      // It wakes up, learns that it is no longer known, and registers again.
      pace.release()
      forwarder.thaw()
      try await TestWorker.wait { hub.workers().contains { $0.name == "frozen" && $0.state == .connected } }
      other.cancel()
      let again = TestHub.job([20], id: "6f1c2d2e-0000-4000-8000-000000000002")
      #expect(await JobRecord(try hub.submit(again)).isWhole(again))
    }
  }

  @Test func aDamagedFrameIsSentAgain() async throws {
    var configuration = Self.configuration
    // The first frame's payload lies around byte 40,000 of the first connection.
    let forwarder = try Forwarder(flippingByte: 40_000)
    defer { forwarder.close() }
    configuration.bulkPort = forwarder.port
    try await TestHub.running(configuration) { hub in
      forwarder.cut(andGoOnTo: hub.boundAddress)
      let worker = try TestWorker.start(hub.boundAddress, name: "only")
      defer { worker.cancel() }
      let job = TestHub.job([150])
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job))
      // It was noticed on the frame itself; the lease went on.
      #expect(record.summary?.retries == 0)
      #expect(hub.damagedFrames == 1)
    }
  }

  @Test func aSlowWorkersChunkIsCopied() async throws {
    var configuration = Self.configuration
    configuration.policy.speculationMinimumAge = .milliseconds(300)
    try await TestHub.running(configuration) { hub in
      let pace = TestWorker.Pace(layerMilliseconds: 20_000)
      let slow = try TestWorker.start(hub.boundAddress, name: "slow", pace: pace)
      defer { slow.cancel() }
      let job = TestHub.job([100, 100, 100, 100])
      async let record = JobRecord(try hub.submit(job))
      try await TestWorker.wait { pace.chunksBegun == 1 }
      let quick = try TestWorker.start(hub.boundAddress, name: "quick")
      defer { quick.cancel() }
      let result = try await record
      #expect(result.isWhole(job))
      #expect((result.summary?.copies ?? 0) >= 1)
      #expect(result.reports.values.allSatisfy { $0.worker == "w2" })
      // The slow one is told to drop its chunk and takes part again.
      pace.release()
      quick.cancel()
      let again = TestHub.job([20], id: "6f1c2d2e-0000-4000-8000-000000000002")
      #expect(await JobRecord(try hub.submit(again)).isWhole(again))
    }
  }

  @Test func anotherModelIsRefusedForGood() async throws {
    try await TestHub.running(Self.configuration) { hub in
      var identity = TestHub.identity
      identity.modelSHA256 = String(repeating: "99", count: 32)
      let worker = try TestWorker.make(hub.boundAddress, name: "stranger", identities: [identity])
      let error = await #expect(throws: WorkerError.self) { try await worker.run() }
      #expect(error?.message.contains(identity.modelSHA256) == true)
      #expect(error?.message.contains(TestHub.identity.modelSHA256) == true)
    }
  }

  @Test func aRestartedCoordinatorFindsItsWorkersAgain() async throws {
    let pace = TestWorker.Pace(layerMilliseconds: 15_000)
    let first = try WorkerHub(configuration: Self.configuration, logger: TestHub.logger)
    let running = Task { try await first.run() }
    let forwarder = try Forwarder(to: first.boundAddress)
    defer { forwarder.close() }
    let worker = try TestWorker.start(forwarder.address, name: "patient", pace: pace)
    defer { worker.cancel() }
    let job = TestHub.job([150, 20])
    async let lost = JobRecord(try first.submit(job))
    try await TestWorker.wait { pace.chunksBegun == 1 }
    running.cancel()
    #expect(try await lost.error?.code == .shuttingDown)

    try await TestHub.running(Self.configuration) { second in
      forwarder.cut(andGoOnTo: second.boundAddress)
      async let record = JobRecord(try second.submit(job))
      try await TestWorker.wait {
        second.workers().contains { $0.name == "patient" && $0.state == .connected }
      }
      pace.release()
      #expect(try await record.isWhole(job))
    }
  }

  @Test func workersFinishAndLeaveAtAShutdown() async throws {
    var configuration = Self.configuration
    configuration.shutdownGrace = .seconds(3)
    let hub = try WorkerHub(configuration: configuration, logger: TestHub.logger)
    async let run: Void = hub.run()
    let pace = TestWorker.Pace(layerMilliseconds: 100)
    let worker = try TestWorker.start(hub.boundAddress, name: "tidy", pace: pace)
    let job = TestHub.job([50])
    async let record = JobRecord(try hub.submit(job))
    try await TestWorker.wait { pace.chunksBegun == 1 }
    async let shutdown: Void = hub.shutdown()
    // The worker ends by itself, with its chunk delivered.
    try await worker.value
    #expect(try await record.isWhole(job))
    #expect(hub.workers().map(\.state) == [.left])
    await shutdown
    try await run
  }
}
