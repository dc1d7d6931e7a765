internal import Addresses
internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Scheduling
internal import Testing
internal import Wire

@Suite(.timeLimit(.minutes(1)))
struct LeaseTests {
  @Test func aPollWaitsForWork() async throws {
    try await TestHub.running { hub in
      let worker = try await ScriptedWorker.join(hub)
      guard case .nothing = try await worker.poll(waiting: 300) else {
        Issue.record("there was work before there was a job")
        return
      }
      async let grant = worker.lease(waiting: 15_000)
      let job = TestHub.job([20])
      async let record = JobRecord(try hub.submit(job))
      let lease = try await grant
      #expect(lease.sinkTokens == [1, 2, 3])
      #expect(lease.chunkTokens == Array(0..<20))
      #expect(lease.positionBase == 3)
      #expect(lease.kvByteCount == UInt64(TestHub.kv(of: lease.chunkTokens).count))
      _ = try await worker.deliver(lease)
      #expect(try await record.isWhole(job))
    }
  }

  @Test func waitingPollsDoNotBlockOthers() async throws {
    var configuration = TestHub.configuration
    configuration.controlReceivers = 1
    try await TestHub.running(configuration) { hub in
      let worker = try await ScriptedWorker.join(hub, ScriptedWorker.registration(lanes: 8))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask { _ = try await worker.poll(waiting: 4000) }
        }
        group.addTask {
          // Some of these come while the polls wait.
          let start = ContinuousClock.now
          for _ in 0..<50 { _ = try await worker.heartbeat() }
          #expect(ContinuousClock.now - start < .seconds(3))
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func aLostWorkersChunkGoesToAnother() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let first = try await ScriptedWorker.join(hub)
      let grant = try await first.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await first.begin(grant)
      _ = try await first.frame(grant, kv, at: 0)
      let second = try await ScriptedWorker.join(hub)
      async let again = second.lease(waiting: 15_000)
      // In the middle of the transfer.
      await first.hangUp()
      let next = try await again
      #expect(next.token > grant.token)
      #expect(hub.workers().filter { $0.id == "w1" }.map(\.state) == [.lost])
      #expect(try await second.deliver(next) == .committed)
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.retried.count == 1)
      #expect(result.reports[0]?.attempt == 2)
    }
  }

  @Test func aCancelledJobEndsItsLeases() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150, 150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      _ = try await worker.begin(grant)
      hub.cancel(job: job.id)
      #expect(try await record.error?.code == .cancelled)
      #expect(try await worker.frame(grant, TestHub.kv(of: grant.chunkTokens), at: 0) == .superseded)
      guard case .directives(let directives) = try await worker.heartbeat([grant.token]) else {
        Issue.record("the heartbeat was not answered by directives")
        return
      }
      #expect(directives.cancelled == [grant.token])
      // The identifier is free again.
      async let again = JobRecord(try hub.submit(job))
      try await worker.work()
      #expect(try await again.isWhole(job))
    }
  }

  @Test func aReaderThatGoesCancelsItsJob() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      let reader = Task { await JobRecord(try hub.submit(job)) }
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      reader.cancel()
      _ = await reader.result
      #expect(try await worker.begin(grant) == .superseded)
    }
  }

  @Test func jobsThatCannotBeAreRefused() async throws {
    try await TestHub.running { hub in
      let good = TestHub.job([20])
      let shape = KVShape(layers: 5, kvHeads: 2, headDimension: 64)
      for job in [
        HubJob(id: good.id, sinkTokens: [1], chunks: [[1]], positions: [0], shape: TestHub.shape),
        HubJob(id: good.id, sinkTokens: [1], chunks: [[1]], positions: [.max], shape: TestHub.shape),
        HubJob(id: good.id, sinkTokens: [1], chunks: [[1]], positions: [1, 2], shape: TestHub.shape),
        HubJob(id: "no uuid", sinkTokens: [], chunks: [[1]], shape: TestHub.shape),
        HubJob(id: good.id, sinkTokens: [], chunks: [[1], []], shape: TestHub.shape),
        HubJob(id: good.id, sinkTokens: [], chunks: [[-1]], shape: TestHub.shape),
        HubJob(id: good.id, sinkTokens: [], chunks: [[1]], shape: shape),
        HubJob(id: good.id, sinkTokens: [], chunks: [[1]], kvType: .f32, shape: TestHub.shape),
        TestHub.job([20, 20], summaries: [64]), TestHub.job([20], summaries: [64, 64]),
        TestHub.job([20], summaries: [0]), TestHub.job([20], summaries: [-64]),
        TestHub.job([20], summaries: [.max]),
        TestHub.job([20], summaries: [(4 << 30) - TestHub.kv(of: [Int32](0..<20)).count + 1]),
        HubJob(id: good.id, sinkTokens: [], chunks: [[1]], shape: TestHub.shape, summary: .all),
        HubJob(id: good.id, sinkTokens: [], chunks: [[1]], shape: TestHub.shape, summaryByteCounts: [64]),
      ] {
        let error = #expect(throws: HubError.self) { try hub.submit(job) }
        #expect(error?.code == .invalidJob)
      }
      _ = try hub.submit(good)
      #expect(throws: HubError.self) { try hub.submit(good) }
    }
  }

  @Test func aShutdownDrainsWorkers() async throws {
    let hub = try WorkerHub(configuration: TestHub.configuration, logger: TestHub.logger)
    async let run: Void = hub.run()
    let idle = try await ScriptedWorker.join(hub)
    let busy = try await ScriptedWorker.join(hub)
    let job = TestHub.job([150])
    async let record = JobRecord(try hub.submit(job))
    let grant = try await busy.lease()
    async let poll = idle.poll(waiting: 15_000)
    async let shutdown: Void = hub.shutdown()
    guard case .drain = try await poll else {
      Issue.record("the waiting poll was not told to drain")
      return
    }
    try await idle.bye()
    // What is under way may be finished.
    guard case .directives(let directives) = try await busy.heartbeat([grant.token]) else {
      Issue.record("the heartbeat was not answered by directives")
      return
    }
    #expect(directives.drain)
    #expect(directives.cancelled.isEmpty)
    #expect(try await busy.deliver(grant) == .committed)
    #expect(throws: HubError.self) {
      try hub.submit(TestHub.job([5], id: "6f1c2d2e000040008000000000000002"))
    }
    try await busy.bye()
    await shutdown
    try await run
    #expect(try await record.isWhole(job))
    // The port is free again.
    var configuration = TestHub.configuration
    configuration.listen = hub.address
    _ = try WorkerHub(configuration: configuration, logger: TestHub.logger)
  }
}
