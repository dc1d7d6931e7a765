internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Testing
internal import Wire

/// Chunks that travel in another codec than the plain one.
@Suite(.timeLimit(.minutes(1)))
struct CodedTransferTests {
  static func coding(_ tokens: Int) throws -> KVCoding {
    try #require(KVCoding(.int8, shape: TestHub.shape, tokens: tokens, type: .bf16))
  }

  /// The coded bytes of some plain ones.
  static func coded(_ plain: [UInt8], _ coding: KVCoding) -> [UInt8] {
    var block = plain
    var room = [UInt8](repeating: 0, count: coding.roomByteCount)
    block.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        for layer in 0..<coding.layers { _ = coding.encodeInPlace(layer: layer, of: block, room: room) }
      }
    }
    return Array(block[..<coding.codedByteCount])
  }

  /// The plain bytes of some coded ones.
  private static func decoded(_ coded: [UInt8], _ coding: KVCoding) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: coding.codedOffset) + coded
    var room = [UInt8](repeating: 0, count: coding.roomByteCount)
    block.withUnsafeMutableBytes { block in
      room.withUnsafeMutableBytes { room in
        for layer in 0..<coding.layers { _ = coding.decodeInPlace(layer: layer, of: block, room: room) }
      }
    }
    return block
  }

  /// The bytes that are committed for a chunk of a job in int8.
  static func sent(_ tokens: [Int32]) throws -> [UInt8] {
    guard tokens.count > 1 else { return TestHub.kv(of: tokens) }
    let coding = try coding(tokens.count)
    return decoded(coded(TestHub.kv(of: tokens), coding), coding)
  }

  static var registration: RegisterRequest {
    var registration = ScriptedWorker.registration()
    registration.codecs = [.int8]
    return registration
  }

  @Test func aJobInInt8IsEncodedWhole() async throws {
    try await TestHub.running { hub in
      let pace = TestWorker.Pace(layerMilliseconds: 10)
      let worker = try TestWorker.start(hub.boundAddress, name: "only", lanes: 2, pace: pace)
      defer { worker.cancel() }
      let job = TestHub.job([150, 1, 400, 64, 65, 300], wire: .fixed(.int8))
      let record = await JobRecord(try hub.submit(job))
      #expect(record.commits == 6 && record.error == nil && record.summary?.retries == 0)
      for (index, tokens) in job.chunks.enumerated() {
        #expect(try record.committed[index] == Self.sent(tokens), "chunk \(index)")
        // One token has more bytes of scales than it saves, and stays plain.
        let codec = tokens.count > 1 ? KVCodec.int8 : .bf16
        let coding = KVCoding(codec, shape: TestHub.shape, tokens: tokens.count, type: .bf16)
        #expect(record.reports[index]?.codec == codec)
        #expect(record.reports[index]?.wireBytes == coding?.codedByteCount)
      }
      // The lane's memory is used again, coded or not.
      let plain = TestHub.job([200, 150], id: "6f1c2d2e-0000-4000-8000-000000000002")
      let second = await JobRecord(try hub.submit(plain))
      #expect(second.isWhole(plain))
      #expect(second.reports[0]?.codec == .bf16)
    }
  }

  @Test func aWorkerThatOffersNoCodecSendsPlain() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150], wire: .fixed(.int8))
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      #expect(grant.codec == .bf16)
      #expect(try await worker.deliver(grant) == .committed)
      let result = try await record
      #expect(result.isWhole(job))
      #expect(result.reports[0]?.codec == .bf16)
    }
  }

  @Test func codedFramesMayComeTwiceAndInAnyOrder() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([400], wire: .fixed(.int8))
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub, Self.registration)
      let grant = try await worker.lease()
      #expect(grant.codec == .int8)
      #expect(grant.kvByteCount == TestHub.kv(of: grant.chunkTokens).count)
      let coding = try Self.coding(400)
      let coded = Self.coded(TestHub.kv(of: grant.chunkTokens), coding)
      let total = coded.count
      _ = try await worker.begin(grant, total: total)
      #expect(
        try await worker.frame(grant, coded, at: 0, total: total, isDamaged: true)
          == .corrupt
      )
      for offset in stride(from: 0, to: total, by: ScriptedWorker.frameBytes).reversed() {
        for _ in 0..<2 {
          guard case .accepted = try await worker.frame(grant, coded, at: offset, total: total) else {
            Issue.record("the frame at \(offset) was not accepted")
            return
          }
        }
      }
      #expect(
        try await worker.begin(grant, total: total) == .granted(receivedBytes: total)
      )
      // Again after everything may have been decoded: what is known is not written a second time.
      _ = try await worker.frame(grant, coded, at: 0, total: total)
      #expect(try await worker.end(grant, coded, total: total) == .committed)
      #expect(try await record.committed[0] == Self.sent(job.chunks[0]))
    }
  }

  @Test func plainBytesInACodedLeaseAreRefused() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150], wire: .fixed(.int8))
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub, Self.registration)
      let grant = try await worker.lease()
      let coding = try Self.coding(150)
      guard case .refused(let reason) = try await worker.begin(grant) else {
        Issue.record("the announcement was not refused")
        return
      }
      #expect(reason.contains("\(coding.byteCount)") && reason.contains("\(coding.codedByteCount) in int8"))
      let again = try await worker.lease()
      let coded = Self.coded(TestHub.kv(of: again.chunkTokens), coding)
      #expect(try await worker.deliver(again, coded: coded) == .committed)
      #expect(try await record.committed[0] == Self.sent(job.chunks[0]))
    }
  }

  @Test func codedTransfersAreCountedByTheMemoryTheyTake() async throws {
    var configuration = TestHub.configuration
    let coding = try Self.coding(150)
    // Memory for two chunks in coded bytes, for one in plain ones.
    configuration.transferBudgetBytes = 2 * coding.codedByteCount
    try await TestHub.running(configuration) { hub in
      let job = TestHub.job([150, 150], wire: .fixed(.int8))
      async let record = JobRecord(try hub.submit(job))
      var registration = Self.registration
      registration.lanes = 2
      let worker = try await ScriptedWorker.join(hub, registration)
      let first = try await worker.lease()
      let second = try await worker.lease()
      _ = try await worker.begin(first, total: coding.codedByteCount)
      guard case .deferred = try await worker.begin(second, total: coding.codedByteCount) else {
        Issue.record("the second transfer was let in")
        return
      }
      for grant in [first, second] {
        let coded = Self.coded(TestHub.kv(of: grant.chunkTokens), coding)
        #expect(try await worker.deliver(grant, coded: coded) == .committed)
      }
      #expect(try await record.commits == 2)
    }
  }

  @Test func aLeaseIsPlainUntilTheLinkIsKnown() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150], wire: .auto)
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub, Self.registration)
      let grant = try await worker.lease()
      #expect(grant.codec == .bf16)
      #expect(try await worker.deliver(grant) == .committed)
      #expect(try await record.isWhole(job))
    }
  }
}
