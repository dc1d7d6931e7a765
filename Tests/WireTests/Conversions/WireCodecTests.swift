internal import KVFormat
internal import SeededRandom
internal import TestSupport
internal import Testing
internal import Wire

@Suite("Messages to bytes and back")
struct WireCodecTests {
  @Test func everyRequestIsReadAsWritten() throws {
    let requests: [WorkerRequest] = [
      .register(Examples.registration), .lease(LeaseRequest(session: 7, wait: .seconds(20))),
      .heartbeat(
        HeartbeatRequest(
          session: 7,
          running: [RunningLease(token: 9, bytesReady: 1 << 35), RunningLease(token: 10)],
          draining: true
        )
      ),
      .fail(FailRequest(session: 7, token: 9, reason: "héllo")), .bye(ByeRequest(session: 7)),
    ]
    for body in requests {
      #expect(try request(WireCodec.encode(body)) == body)
    }
  }

  @Test func everyReplyIsReadAsWritten() throws {
    let registered = Registered(
      session: .max,
      heartbeatPeriod: .seconds(1),
      maxFrameBytes: 1 << 20,
      bulkPort: .max
    )
    let replies: [CoordinatorReply] = [
      .registered(registered), .lease(.granted(Examples.grant)), .lease(.nothing), .lease(.drain),
      .directives(Directives(cancelled: [1, .max], drain: true)), .bye, .reregister,
    ]
    for body in replies + Refusal.Code.allCases.map({ .refused(Refusal($0, "no")) }) {
      #expect(try reply(WireCodec.encode(body)) == body)
    }
  }

  @Test func everyBulkMessageIsReadAsWritten() throws {
    let replies: [BulkReply] = [
      .granted(receivedBytes: 0), .granted(receivedBytes: 64 << 30), .deferred(.milliseconds(20)), .accepted,
      .corrupt, .incomplete(missingOffset: 1 << 35), .committed, .superseded, .refused("no"), .reregister,
    ]
    for body in replies {
      #expect(try bulkReply(WireCodec.encode(body)) == body)
    }
    let begin = BeginRequest(session: 5, frameBytes: 1 << 20)
    #expect(try WireCodec.encode(begin).withUnsafeBytes { try WireCodec.begin(from: $0) } == begin)
    let end = EndRequest(frameDigest: .max, computeSeconds: 0.25, wireSeconds: 1e9, sinkDigest: .max)
    #expect(try WireTests.end(WireCodec.encode(end)) == end)
    let identity = try WireCodec.encode(Examples.identity)
    #expect(try identity.withUnsafeBytes { try WireCodec.identity(from: $0) } == Examples.identity)
  }

  /// Peers of other builds read the same bytes.
  @Test func bytesAreThoseOfTheProtocol() throws {
    #expect(
      try WireCodec.encode(.register(Examples.registration)) == Written.control(2, Written.registration())
    )
    let lease = try WireCodec.encode(.lease(.granted(Examples.grant)))
    #expect(lease == Written.control(4, ProtoBytes().message(1, Written.grant())))
    let wait = try WireCodec.encode(.lease(LeaseRequest(session: 7, wait: .milliseconds(1234))))
    #expect(wait == Written.control(3, ProtoBytes().fixed(1, 7).number(3, 1234)))
    #expect(try WireCodec.encode(Examples.identity) == Written.identity().bytes)
    let end = EndRequest(frameDigest: 7, computeSeconds: 0.5, wireSeconds: 1.5, sinkDigest: 9)
    #expect(
      try WireCodec.encode(end)
        == ProtoBytes().fixed(1, short: 7).real(2, 0.5).real(3, 1.5).fixed(4, 9).bytes
    )
  }

  @Test func tokensArePackedLittleEndian() throws {
    var grant = Examples.grant
    (grant.leadTokens, grant.codec, grant.summary, grant.summaryByteCount) = ([], .bf16, .none, 0)
    (grant.model, grant.positionBase, grant.kvByteCount) = (0, 0, 0)
    let bytes = try WireCodec.encode(.lease(.granted(grant)))
    #expect(bytes.suffix(8) == [4, 0, 0, 0, 4, 3, 2, 1])
  }

  @Test func aLeaseOfTheMostTokensFits() throws {
    var grant = Examples.grant
    let others = grant.sinkTokens.count + grant.leadTokens.count
    grant.chunkTokens = [Int32](repeating: .max, count: WireProtocol.maximumTokens - others)
    #expect(try reply(WireCodec.encode(.lease(.granted(grant)))) == .lease(.granted(grant)))
    grant.chunkTokens += [Int32](repeating: 0, count: 100_000)
    #expect(throws: WireError.self) { try WireCodec.encode(.lease(.granted(grant))) }
  }

  @Test func aLargeRequestIsRefusedBeforeItIsRead() throws {
    let text = String(repeating: "x", count: WireProtocol.maximumRequestBytes)
    #expect(throws: WireError.self) {
      try WireCodec.encode(.fail(FailRequest(session: 1, token: 1, reason: text)))
    }
    let zeros = [UInt8](repeating: 0, count: WireProtocol.maximumRequestBytes + 1)
    #expect(throws: WireError.tooLarge(what: "control request", bytes: 65537, limit: 65536)) {
      try request(zeros)
    }
  }

  @Test func anotherVersionIsNamedAndARefusalIsStillRead() throws {
    let foreign = Written.control(version: 99, 6, ProtoBytes())
    #expect(throws: WireError.protocolVersion(theirs: 99, ours: 5)) { try request(foreign) }
    // Of whatever kind.
    for (number, code) in [(1, Refusal.Code.protocolVersion), (77, nil), (UInt64.max, nil)] {
      let refusal = ProtoBytes().number(1, number).text(2, "versions 1, 99").text(9, "and more")
      let bytes = Written.control(version: 99, 3, refusal)
      #expect(try reply(bytes) == .refused(Refusal(code, "versions 1, 99")))
    }
    #expect(WireError.protocolVersion(theirs: 99, ours: 1).message.contains("version 99"))
    #expect(WireError.protocolVersion(theirs: 99, ours: 1).message.contains("version 1"))
  }

  @Test func randomBytesNeverTrap() throws {
    var generator = SeededGenerator(seed: 5)
    var read = 0
    let good = try WireCodec.encode(.register(Examples.registration))
    let lease = try WireCodec.encode(.lease(.granted(Examples.grant)))
    for _ in 0..<20_000 {
      var bytes: [UInt8]
      if Bool.random(using: &generator) {
        bytes = generator.bytes(Int.random(in: 0...100, using: &generator))
      } else {
        let message = Bool.random(using: &generator) ? good : lease
        bytes = Array(message.prefix(Int.random(in: 0...message.count, using: &generator)))
        for _ in 0..<3 where !bytes.isEmpty {
          let index = Int.random(in: 0..<bytes.count, using: &generator)
          bytes[index] = .random(in: 0 ... .max, using: &generator)
        }
      }
      if (try? request(bytes)) != nil { read += 1 }
      _ = try? reply(bytes)
      _ = try? bulkReply(bytes)
      _ = try? end(bytes)
    }
    #expect(read < 20_000)
    #expect(throws: WireError.self) { try request([]) }
  }

  @Test func bulkAnswersFitWhateverTheReason() throws {
    let text = String(repeating: "e\u{301}\u{302}\u{303}", count: 4000)
    guard case .refused(let reason) = try bulkReply(WireCodec.encode(BulkReply.refused(text))) else {
      Issue.record("no refusal")
      return
    }
    #expect(!reason.isEmpty && reason.utf8.count <= 1_003)
    #expect(text.hasPrefix(reason.prefix(100)))
  }

  @Test func fieldsThatAreGoneAreReadPast() throws {
    // A peer of another build may send what has been reserved.
    let lease = ProtoBytes().fixed(1, 7).number(2, 5).number(3, 9)
    #expect(
      try request(Written.control(3, lease)) == .lease(LeaseRequest(session: 7, wait: .milliseconds(9)))
    )
    let running = ProtoBytes().fixed(1, 9).number(2, 8).number(3, 2)
    let heartbeat = ProtoBytes().fixed(1, 7).message(2, running)
    #expect(
      try request(Written.control(4, heartbeat))
        == .heartbeat(HeartbeatRequest(session: 7, running: [RunningLease(token: 9, bytesReady: 8)]))
    )
    let grant = Written.grant().number(4, 1).number(6, 60_000)
    #expect(
      try reply(Written.control(4, ProtoBytes().message(1, grant))) == .lease(.granted(Examples.grant))
    )
    let received = ProtoBytes().number(1, 65_536)
    #expect(try bulkReply(ProtoBytes().message(3, received).bytes) == .accepted)
    #expect(try bulkReply(ProtoBytes().message(4, received).bytes) == .corrupt)
  }
}
