internal import Cluster
internal import Coordinator
internal import TestSupport
internal import Testing
internal import Wire

/// Numbers at the ends of their ranges in a worker's messages: the hub goes on and accepts the next chunk.
@Suite(.timeLimit(.minutes(1)))
struct ExtremeRequestsTests {
  /// A control request of this version, written by hand: the body's field and its fields.
  private static func request(_ body: Int, _ fields: ProtoBytes) -> [UInt8] {
    ProtoBytes().number(1, UInt64(WireProtocol.version)).message(body, fields).bytes
  }

  private static func refusal(_ worker: ScriptedWorker, _ request: [UInt8]) async throws -> Refusal {
    let reply = try await ScriptedWorker.exchange(worker.control, bytes: request)
    guard case .refused(let refusal) = reply else {
      throw ScriptedWorker.Unexpected(description: "answered by \(reply)")
    }
    return refusal
  }

  @Test func aRegistrationOfTheMostLanesIsRefusedAndOfTheLargestFramesTaken() async throws {
    try await TestHub.running { hub in
      let most = Int(UInt32.max)
      await #expect(throws: ScriptedWorker.Unexpected.self) {
        _ = try await ScriptedWorker.join(hub, ScriptedWorker.registration(lanes: most))
      }
      var registration = ScriptedWorker.registration()
      registration.maxFrameBytes = most
      registration.incarnation = .max
      let worker = try await ScriptedWorker.join(hub, registration)
      #expect(WireProtocol.frameBytes ~= worker.registered.maxFrameBytes)
    }
  }

  @Test func aRegistrationThatNamesWhatNobodyKnowsIsRefused() async throws {
    try await TestHub.running { hub in
      let worker = try await ScriptedWorker.join(hub)
      let shape = ProtoBytes().number(1, 4).number(2, 2).number(3, 64)
      let identity = ProtoBytes().number(4, 1).message(5, shape)
      let registration = Self.request(2, ProtoBytes().message(1, identity).number(2, 1).number(3, 9))
      let refusal = try await Self.refusal(worker, registration)
      #expect(refusal.code == .malformed)
      #expect(refusal.message.contains("precision") && refusal.message.contains("9"))
      #expect(hub.workers().count == 1)
    }
  }

  @Test func aHeartbeatMayNotNameTheMostBytes() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease(waiting: .max)
      for bytes in [UInt64.max, 1 << 63, 1 << 62] {
        let running = ProtoBytes().fixed(1, grant.token).number(2, bytes)
        let heartbeat = ProtoBytes().fixed(1, worker.registered.session).message(2, running)
        let refusal = try await Self.refusal(worker, Self.request(4, heartbeat))
        #expect(refusal.code == .malformed && refusal.message.contains("bytes that are ready is \(bytes)"))
      }
      // One of a lease that does not exist is answered.
      let reply = try await worker.heartbeat([grant.token, .max])
      #expect(reply == .directives(Directives(cancelled: [.max])))
      #expect(try await worker.deliver(grant) == .committed)
      #expect(try await record.isWhole(job))
    }
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, -1, .greatestFiniteMagnitude])
  func aTimeThatCannotBeFailsTheLease(seconds: Double) async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let kv = TestHub.kv(of: grant.chunkTokens)
      _ = try await worker.begin(grant)
      for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes) {
        _ = try await worker.frame(grant, kv, at: offset)
      }
      let reply = try await worker.end(grant, kv, trailingSeconds: seconds)
      guard case .refused(let reason) = reply else {
        Issue.record("answered by \(reply)")
        return
      }
      #expect(reason.contains("seconds of sending"))
      #expect(try await worker.end(grant, kv) == .superseded)
      try await worker.work()
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.summary?.retries == 1)
      #expect(result.retried.first?.reason.contains("seconds of sending") == true)
    }
  }

  @Test func theLongestTimesCanBeAddedUp() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150, 150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      for _ in 0..<2 {
        let grant = try await worker.lease()
        let kv = TestHub.kv(of: grant.chunkTokens)
        _ = try await worker.begin(grant)
        for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes) {
          _ = try await worker.frame(grant, kv, at: offset)
        }
        #expect(try await worker.end(grant, kv, trailingSeconds: 1e9) == .committed)
      }
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.reports.values.reduce(0) { $0 + $1.wireSeconds } == 2e9)
    }
  }

  @Test func aTransferInFramesOfTheMostBytesIsRefused() async throws {
    try await TestHub.running { hub in
      async let record = JobRecord(try hub.submit(TestHub.job([150])))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let body = BeginRequest(session: worker.registered.session, frameBytes: Int(UInt32.max))
      guard case .refused = try await worker.send(grant, .begin, body: try WireCodec.encode(body)) else {
        Issue.record("begun")
        return
      }
      try await worker.work()
      #expect(try await record.summary?.retries == 1)
    }
  }
}
