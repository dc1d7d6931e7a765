internal import Coordinator
internal import SwiftProtobuf
internal import Testing
internal import Wire

/// Numbers at the ends of their ranges in what a worker sends: the hub goes on and takes the next chunk.
@Suite(.timeLimit(.minutes(1)))
struct ExtremeRequestsTests {
  @Test func aRegistrationOfTheMostLanesIsRefusedAndOfTheLargestFramesTaken() async throws {
    try await TestHub.running { hub in
      await #expect(throws: ScriptedWorker.Unexpected.self) {
        _ = try await ScriptedWorker.join(hub, ScriptedWorker.registration(lanes: .max))
      }
      var registration = ScriptedWorker.registration()
      registration.maxFrameBytes = .max
      registration.incarnation = .max
      registration.codecs = [.UNRECOGNIZED(Int(Int32.max)), .UNRECOGNIZED(Int(Int32.min))]
      let worker = try await ScriptedWorker.join(hub, registration)
      #expect(WireProtocol.frameBytes ~= Int(worker.registered.maxFrameBytes))
    }
  }

  @Test func aHeartbeatMayNameTheMostBytes() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease(waiting: .max)
      for bytes in [UInt64.max, 0, .max] {
        let reply = try await worker.ask(
          .heartbeat(
            .with {
              $0.session = worker.registered.session
              $0.running = [
                .with { ($0.token, $0.bytesReady) = (grant.token, bytes) },
                .with { ($0.token, $0.bytesReady) = (.max, bytes) },
              ]
            }
          )
        )
        #expect(reply == .directives(.with { $0.cancelled = [.max] }))
      }
      #expect(try await worker.deliver(grant) == .committed(true))
      #expect(try await record.isWhole(job))
    }
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, -1, .greatestFiniteMagnitude])
  func theTimesOfAChunkCanBeAddedUp(seconds: Double) async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150, 150, 150])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      for _ in 0..<3 {
        let grant = try await worker.lease()
        let kv = TestHub.kv(of: grant.chunkTokens)
        _ = try await worker.begin(grant)
        for offset in stride(from: 0, to: kv.count, by: ScriptedWorker.frameBytes) {
          _ = try await worker.frame(grant, kv, at: offset)
        }
        #expect(try await worker.end(grant, kv, trailingSeconds: seconds) == .committed(true))
      }
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.reports.values.reduce(0) { $0 + $1.wireSeconds } == (seconds > 0 ? 3e9 : 0))
    }
  }

  @Test func aTransferInFramesOfTheMostBytesIsRefused() async throws {
    try await TestHub.running { hub in
      async let record = JobRecord(try hub.submit(TestHub.job([150])))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let body = BeginRequest.with { ($0.session, $0.frameBytes) = (worker.registered.session, .max) }
      guard case .refused = try await worker.send(grant, .begin, body: try WireCodec.encodeBulk(body)) else {
        Issue.record("begun")
        return
      }
      try await worker.work()
      #expect(try await record.summary?.retries == 1)
    }
  }
}
