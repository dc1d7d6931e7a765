internal import Cluster
internal import Coordinator
internal import Testing
internal import Wire

@Suite(.timeLimit(.minutes(1)))
struct TransferTests {
  @Test func aJobIsEncodedWhole() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150, 20, 200])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      try await worker.work()
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.summary?.tokens == 370)
      #expect(result.summary?.retries == 0)
      #expect(result.leased.map(\.attempt) == [1, 1, 1])
      #expect(result.reports[0]?.worker == "w1")
      #expect(result.reports[0]?.computeSeconds == 0.25)
      #expect(result.reports[0]?.wireSeconds == 0.125)
      #expect(result.reports[0]?.sinkDigest == 99)
      #expect(result.progressEvents > 0)
      let shown = try #require(hub.workers().first)
      #expect(shown.chunks == 3)
      #expect(shown.tokens == 370)
      #expect(shown.tokensPerSecond > 0)
      #expect(shown.leases == 0)
    }
  }

  @Test func aDamagedFrameIsSentAgain() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await worker.begin(grant)
      #expect(
        try await worker.frame(grant, kv, at: 65_536, isDamaged: true)
          == .corrupt
      )
      #expect(try await worker.deliver(grant) == .committed)
      #expect(try await record.isWhole(job))
    }
  }

  @Test func tooManyDamagedFramesFailTheLease() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await worker.begin(grant)
      var replies: [BulkReply] = []
      for _ in 0..<8 { replies.append(try await worker.frame(grant, kv, at: 0, isDamaged: true)) }
      guard case .refused? = replies.last else {
        Issue.record("the last damaged frame was answered by \(String(describing: replies.last))")
        return
      }
      #expect(try await worker.frame(grant, kv, at: 0) == .superseded)
      try await worker.work()
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.retried.count == 1)
      #expect(result.retried.first?.reason.contains("damaged") == true)
    }
  }

  @Test func framesMayComeTwiceAndInAnyOrder() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await worker.begin(grant)
      for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes).reversed() {
        _ = try await worker.frame(grant, kv, at: offset)
        _ = try await worker.frame(grant, kv, at: offset)
      }
      #expect(try await worker.begin(grant) == .granted(receivedBytes: kv.count))
      #expect(try await worker.end(grant, kv) == .committed)
      // Once committed, the lease is over.
      #expect(try await worker.frame(grant, kv, at: 0) == .superseded)
      #expect(try await worker.end(grant, kv) == .superseded)
      #expect(try await record.isWhole(job))
    }
  }

  @Test func aBrokenTransferGoesOnWhereItWas() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let forwarder = try Forwarder(to: hub.boundAddress)
      defer { forwarder.close() }
      let worker = try await ScriptedWorker.join(hub, bulkAddress: forwarder.address)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await worker.begin(grant)
      _ = try await worker.frame(grant, kv, at: 131_072)
      forwarder.cut()
      // The socket comes back by itself; a request that falls into the gap is lost.
      var reply: BulkReply?
      for _ in 0..<10 where reply == nil { reply = try? await worker.begin(grant) }
      #expect(reply == .granted(receivedBytes: 65_536))
      for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes) {
        _ = try await worker.frame(grant, kv, at: offset)
      }
      #expect(try await worker.end(grant, kv) == .committed)
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.summary?.retries == 0)
    }
  }

  @Test func anEndBeforeTheLastFrameNamesTheGap() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await worker.begin(grant)
      for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes) where offset != 131_072 {
        _ = try await worker.frame(grant, kv, at: offset)
      }
      #expect(try await worker.end(grant, kv) == .incomplete(missingOffset: 131_072))
      _ = try await worker.frame(grant, kv, at: 131_072)
      #expect(try await worker.end(grant, kv) == .committed)
      #expect(try await record.isWhole(job))
    }
  }

  /// Each way of sending something else than what was leased fails the lease, and the chunk is encoded again.
  @Test(arguments: ["total", "digest", "conflict", "place"])
  func whatDoesNotFitFailsTheLease(kind: String) async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      var other = kv
      other[70_000] ^= 1
      let reply: BulkReply
      if kind == "total" {
        reply = try await worker.begin(grant, total: kv.count + 2)
      } else {
        _ = try await worker.begin(grant)
        for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes) {
          _ = try await worker.frame(grant, kv, at: offset)
        }
        switch kind {
        case "digest": reply = try await worker.end(grant, other)
        case "conflict": reply = try await worker.frame(grant, other, at: 65_536)
        default: reply = try await worker.frame(grant, kv, at: 100)
        }
      }
      guard case .refused = reply else {
        Issue.record("\(kind) was answered by \(reply)")
        return
      }
      try await worker.work()
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.retried.map(\.chunk) == [0])
      #expect(result.summary?.retries == 1)
    }
  }

  @Test func theByteBudgetDefersTransfers() async throws {
    var configuration = TestHub.configuration
    configuration.transferBudgetBytes = 400_000
    try await TestHub.running(configuration) { hub in
      // 307,200 bytes each: one fits, two do not.
      let job = TestHub.job([150, 150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let first = try await worker.lease()
      let second = try await worker.lease()
      #expect(try await worker.begin(first) == .granted(receivedBytes: 0))
      #expect(try await worker.begin(second) == .deferred(.milliseconds(30)))
      #expect(try await worker.deliver(first) == .committed)
      #expect(try await worker.deliver(second) == .committed)
      #expect(try await record.isWhole(job))
    }
  }
}
