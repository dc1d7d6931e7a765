internal import SeededRandom
internal import SwiftProtobuf
internal import Testing
internal import Wire

@Suite("Control messages")
struct WireCodecTests {
  static let identity = ModelIdentity.with {
    $0.modelSha256 = "aa"
    $0.tokenizerSha256 = "bb"
    $0.rope = .with {
      $0.theta = 100_000; $0.dimensions = 64; $0.kind = "interleaved"
    }
    $0.kvType = .bf16
    $0.shape = .with {
      $0.layers = 30; $0.kvHeads = 3; $0.headDimension = 64
    }
  }

  func request(_ bytes: [UInt8]) throws -> ControlRequest.OneOf_Body {
    try bytes.withUnsafeBytes { try WireCodec.request(from: $0) }
  }

  func reply(_ bytes: [UInt8]) throws -> ControlReply.OneOf_Body {
    try bytes.withUnsafeBytes { try WireCodec.reply(from: $0) }
  }

  @Test func everyRequestIsReadAsWritten() throws {
    let requests: [ControlRequest.OneOf_Body] = [
      .register(
        .with {
          $0.identity = Self.identity; $0.lanes = 2; $0.compute = .int8; $0.incarnation = .max
        }
      ),
      .lease(
        .with {
          $0.session = 7; $0.waitMs = 20_000
        }
      ),
      .heartbeat(
        .with {
          $0.session = 7
          $0.running = [
            .with {
              $0.token = 9; $0.bytesReady = 1 << 40
            }
          ]
        }
      ),
      .fail(
        .with {
          $0.session = 7; $0.token = 9; $0.reason = "héllo"
        }
      ),
      .bye(.with { $0.session = 7 }),
    ]
    for body in requests {
      #expect(try request(WireCodec.encode(body)) == body)
    }
  }

  @Test func everyReplyIsReadAsWritten() throws {
    var grant = LeaseGrant()
    grant.job = 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210
    grant.sinkTokens = [1, 2]
    grant.chunkTokens = Array(0..<100_000)
    grant.kvByteCount = 1 << 33
    let replies: [ControlReply.OneOf_Body] = [
      .registered(
        .with {
          $0.session = .max; $0.heartbeatMs = 1000; $0.bulkPort = 7701
        }
      ),
      .refused(
        .with {
          $0.code = .identity; $0.message = "no"
        }
      ),
      .lease(.with { $0.lease = grant }), .lease(.with { $0.none = true }), .lease(.with { $0.drain = true }),
      .directives(
        .with {
          $0.cancelled = [1, .max]; $0.drain = true
        }
      ), .bye(ByeReply()), .reregister(Reregister()),
    ]
    for body in replies {
      #expect(try reply(WireCodec.encode(body)) == body)
    }
    #expect(grant.job == 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210)
  }

  @Test func tokensArePackedLittleEndian() throws {
    let bytes = try WireCodec.encode(.lease(.with { $0.lease.chunkTokens = [1, 0x0102_0304] }))
    #expect(bytes.suffix(8) == [1, 0, 0, 0, 4, 3, 2, 1])
  }

  @Test func aLeaseOfTheMostTokensFits() throws {
    let tokens = [UInt32](repeating: .max, count: WireProtocol.maximumTokens)
    let bytes = try WireCodec.encode(.lease(.with { $0.lease.chunkTokens = tokens }))
    #expect(try reply(bytes) == .lease(.with { $0.lease.chunkTokens = tokens }))
    let more = tokens + [UInt32](repeating: 0, count: 100_000)
    #expect(throws: WireError.self) { try WireCodec.encode(.lease(.with { $0.lease.chunkTokens = more })) }
  }

  @Test func aLargeRequestIsRefusedBeforeItIsRead() throws {
    let text = String(repeating: "x", count: WireProtocol.maximumRequestBytes)
    #expect(throws: WireError.self) { try WireCodec.encode(.fail(.with { $0.reason = text })) }
    let zeros = [UInt8](repeating: 0, count: WireProtocol.maximumRequestBytes + 1)
    #expect(throws: WireError.tooLarge(what: "control request", bytes: 65537, limit: 65536)) {
      try request(zeros)
    }
  }

  @Test func anotherVersionIsNamedAndARefusalIsStillRead() throws {
    let foreign = ControlRequest.with {
      $0.protocolVersion = 99; $0.bye = ByeRequest()
    }
    #expect(throws: WireError.protocolVersion(theirs: 99, ours: 4)) { try request(foreign.serializedBytes()) }
    let refusal = ControlReply.with {
      $0.protocolVersion = 99; $0.refused = .with { $0.message = "version 1, 99" }
    }
    #expect(try reply(refusal.serializedBytes()) == .refused(.with { $0.message = "version 1, 99" }))
    #expect(WireError.protocolVersion(theirs: 99, ours: 1).description.contains("version 99"))
    #expect(WireError.protocolVersion(theirs: 99, ours: 1).description.contains("version 1"))
  }

  @Test func randomBytesNeverTrap() throws {
    var generator = SeededGenerator(seed: 5)
    var read = 0
    let good = try WireCodec.encode(
      .register(
        .with {
          $0.identity = Self.identity; $0.lanes = 2; $0.name = "worker"; $0.incarnation = 77
        }
      )
    )
    for _ in 0..<20_000 {
      var bytes: [UInt8]
      if Bool.random(using: &generator) {
        bytes = generator.bytes(Int.random(in: 0...100, using: &generator))
      } else {
        bytes = Array(good.prefix(Int.random(in: 0...good.count, using: &generator)))
        for _ in 0..<3 where !bytes.isEmpty {
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
            in: 0 ... .max,
            using: &generator
          )
        }
      }
      if (try? request(bytes)) != nil { read += 1 }
      _ = try? reply(bytes)
      _ = try? bytes.withUnsafeBytes { try WireCodec.decodeBulk(BulkReply.self, from: $0) }
    }
    #expect(read < 20_000)
    #expect(throws: WireError.self) { try request([]) }
  }

  @Test func bulkAnswersFitWhateverTheReason() throws {
    let text = String(repeating: "e\u{301}\u{302}\u{303}", count: 4000)
    let bytes = WireCodec.encode(.refused(text))
    let reply = try bytes.withUnsafeBytes { try WireCodec.decodeBulk(BulkReply.self, from: $0) }
    #expect(!reply.refused.isEmpty && reply.refused.utf8.count <= 1_003)
    #expect(text.hasPrefix(reply.refused.prefix(100)))
  }
}

@Suite("Checks of registration and lease")
struct WireChecksTests {
  @Test func eachDifferenceOfIdentitiesIsNamedWithBothValues() {
    let ours = WireCodecTests.identity
    #expect(ModelIdentity.difference(worker: ours, coordinator: ours) == nil)
    let changes: [(inout ModelIdentity) -> Void] = [
      { $0.modelSha256 = "cc" }, { $0.tokenizerSha256 = "" }, { $0.rope.theta = 1 },
      { $0.rope.dimensions = 1 },
      { $0.rope.kind = "halves" }, { $0.rope.scalingHash = "x" }, { $0.kvType = .f32 },
      { $0.shape.layers = 1 },
      { $0.shape.kvHeads = 1 }, { $0.shape.headDimension = 1 },
    ]
    var properties: Set<String> = []
    for change in changes {
      var theirs = ours
      change(&theirs)
      let difference = ModelIdentity.difference(worker: theirs, coordinator: ours)
      #expect(difference != nil && difference?.worker != difference?.coordinator)
      properties.insert(difference?.property ?? "")
    }
    #expect(properties.count == changes.count)
    var theirs = ours
    theirs.modelSha256 = "cc"
    #expect(
      ModelIdentity.difference(worker: theirs, coordinator: ours)?.description
        == "the worker's model (SHA-256 of the file) is cc, the coordinator's is aa"
    )
  }

  @Test func aLeaseMustAddUp() {
    let shape = WireCodecTests.identity.shape
    var good = LeaseGrant()
    good.sinkTokens = [1]
    good.chunkTokens = [1, 2, 3]
    good.kvByteCount = UInt64(2 * 30 * 3 * 64 * 3 * 2)
    func error(_ change: (inout LeaseGrant) -> Void) -> WireError? {
      var grant = good
      change(&grant)
      return wireError { () throws(WireError) in try grant.check(shape: shape, elementBytes: 2) }
    }
    #expect(error { _ in } == nil)
    #expect(error { $0.chunkTokens = [] } != nil)
    #expect(error { $0.chunkTokens = [1, 2, .max] } != nil)
    #expect(error { $0.sinkTokens = [1 << 31] } != nil)
    #expect(error { $0.positionBase = .max } != nil)
    #expect(error { $0.kvByteCount += 1 } != nil)
    #expect(error { $0.chunkTokens = Array(repeating: 0, count: 1_000_001) } != nil)
  }

  @Test func aLeasesSummaryMustFit() throws {
    let shape = WireCodecTests.identity.shape
    let kvBytes = 2 * 30 * 3 * 64 * 3 * 2
    func coding(_ content: SummaryContent, _ bytes: UInt64) throws -> KVCoding {
      let grant = LeaseGrant.with {
        $0.chunkTokens = [1, 2, 3]
        $0.kvByteCount = UInt64(kvBytes)
        $0.summary = content
        $0.summaryByteCount = bytes
      }
      // As it comes over the network.
      let arrived = try LeaseGrant(serializedBytes: try grant.serializedBytes() as [UInt8])
      #expect(arrived == grant)
      return try arrived.check(shape: shape, elementBytes: 2)
    }
    #expect(try coding(.none, 0).trailerByteCount == 0)
    for content in [SummaryContent.sketch, .all] {
      #expect(try coding(content, 1).byteCount == kvBytes + 1)
      // Of few tokens a summary is larger than the KV cache.
      #expect(try coding(content, UInt64(100 * kvBytes)).trailerByteCount == 100 * kvBytes)
      #expect(try coding(content, UInt64((64 << 30) - kvBytes)).byteCount == 64 << 30)
      for wrong in [UInt64(0), UInt64((64 << 30) - kvBytes + 1), 64 << 30, 1 << 63, .max] {
        #expect(throws: WireError.self, "\(wrong)") { try coding(content, wrong) }
      }
    }
    #expect(throws: WireError.self) { try coding(.none, 1) }
    let unknown = wireError { () throws(WireError) in
      let grant = LeaseGrant.with {
        $0.chunkTokens = [1, 2, 3]
        $0.kvByteCount = UInt64(kvBytes)
        $0.summary = .UNRECOGNIZED(7)
        $0.summaryByteCount = 64
      }
      try grant.check(shape: shape, elementBytes: 2)
    }
    #expect(unknown?.description.contains("summary 7") == true)
    #expect(SummaryContent.allCases.map(\.label) == ["none", "sketch", "all"])
  }

  @Test func sizesDoNotOverflow() {
    let shape = KVShape.with {
      $0.layers = .max; $0.kvHeads = .max; $0.headDimension = .max
    }
    #expect(shape.byteCount(tokens: 1_000_000, elementBytes: 4) == nil)
    #expect(WireCodecTests.identity.shape.byteCount(tokens: 1024, elementBytes: 2) == 23_592_960)
  }

  @Test func frameSizesAreAgreedWithinBounds() {
    #expect(WireProtocol.agreedFrameBytes(2 << 20, 1 << 20) == 1 << 20)
    #expect(WireProtocol.agreedFrameBytes(1 << 30, 1 << 30) == 8 << 20)
    #expect(WireProtocol.agreedFrameBytes((1 << 20) + 5, 2 << 20) == 1 << 20)
    #expect(WireProtocol.agreedFrameBytes(1000, 2 << 20) == nil)
    #expect(WireProtocol.agreedFrameBytes(-1, 2 << 20) == nil)
  }
}
