internal import NNG
internal import Synchronization
internal import TestSupport
internal import Testing
internal import Wire
internal import Worker

@Suite("Leases that cannot be worked on", .timeLimit(.minutes(1)))
struct UnusableLeaseTests {
  /// Runs a worker for a coordinator whose first lease is this one, until it has given the lease back.
  private static func failure(of lease: ProtoBytes) async throws -> FailRequest? {
    let socket = try ReplySocket()
    let address = try socket.listen(on: "tcp://127.0.0.1:0")
    let worker = try RegistrationTests.worker(try RegistrationTests.configuration(address))
    let failures = Mutex<[FailRequest]>([])
    let server = Task {
      var leases = [Written.lease(lease)][...]
      while true {
        let request = try await socket.receive()
        // The test that chunks can be sent is a message without words.
        let bytes = request.withBytes { Array($0) }
        guard bytes != Array("BR".utf8) else {
          try await request.reply(try NNGMessage(byteCount: 0))
          continue
        }
        let reply: [UInt8]
        switch try bytes.withUnsafeBytes({ try WireCodec.request(from: $0) }) {
        case .register:
          let registered = Registered(session: 1, heartbeatPeriod: .seconds(1), maxFrameBytes: 1 << 20)
          reply = try WireCodec.encode(.registered(registered))
        case .lease: reply = try leases.popFirst() ?? WireCodec.encode(CoordinatorReply.lease(.nothing))
        case .heartbeat: reply = try WireCodec.encode(.directives(Directives()))
        case .fail(let failure):
          failures.withLock { $0.append(failure) }
          reply = try WireCodec.encode(.directives(Directives(drain: true)))
        case .bye: reply = try WireCodec.encode(CoordinatorReply.bye)
        }
        try await request.reply(try NNGMessage(copying: reply))
      }
    }
    defer { server.cancel() }
    try await worker.run()
    let all = failures.withLock { $0 }
    #expect(all.count == 1)
    return all.first
  }

  private enum Written {
    static func lease(_ grant: ProtoBytes) -> [UInt8] {
      let reply = ProtoBytes().message(1, grant)
      return ProtoBytes().number(1, UInt64(WireProtocol.version)).message(4, reply).bytes
    }
  }

  /// A lease of one token, except for its codec and its size.
  private static let grant = ProtoBytes().fixed(5, 77).list(8, [1])

  @Test func aCodecThatNobodyKnowsIsGivenBack() async throws {
    let failure = try await Self.failure(of: Self.grant.number(10, 2048).number(12, 9))
    #expect(failure?.session == 1 && failure?.token == 77)
    #expect(failure?.reason.contains("KV codec has the number 9") == true)
  }

  @Test func aModelThatTheWorkerDoesNotHaveIsGivenBack() async throws {
    for (model, limit): (UInt64, Int) in [(1, 0), (63, 0), (64, 63), (.max, 63)] {
      let failure = try await Self.failure(of: Self.grant.number(10, 2048).number(15, model))
      #expect(failure?.token == 77)
      let reason = "model of a lease is \(UInt32(truncatingIfNeeded: model)), the limit is \(limit)"
      #expect(failure?.reason.contains(reason) == true)
    }
  }

  @Test func aSizeThatIsNotTheModelsIsGivenBack() async throws {
    let failure = try await Self.failure(of: Self.grant.number(10, 4096))
    #expect(failure?.token == 77)
    #expect(failure?.reason.contains("bytes of a chunk's KV cache is 4096, the limit is 2048") == true)
  }
}
