internal import Cluster
internal import Coordinator
internal import KVFormat
internal import Testing
internal import Wire
internal import Worker

/// Chunks whose KV cache is followed by a summary.
@Suite(.timeLimit(.minutes(1)))
struct SummaryTransferTests {
  /// The bytes that travel for a chunk of a job.
  private static func travelling(_ job: HubJob, _ chunk: Int, in codec: KVCodec) throws -> [UInt8] {
    let tokens = job.chunks[chunk]
    let kv = TestHub.kv(of: tokens)
    let coded =
      codec == .int8 ? CodedTransferTests.coded(kv, try CodedTransferTests.coding(tokens.count)) : kv
    return coded + TestHub.summary(of: tokens, byteCount: job.summaryByteCounts[chunk])
  }

  /// The bytes that are committed for it.
  private static func arriving(_ job: HubJob, _ chunk: Int, in codec: KVCodec) throws -> [UInt8] {
    guard codec == .int8 else { return TestHub.block(of: job, chunk: chunk) }
    let summary = TestHub.block(of: job, chunk: chunk).suffix(job.summaryByteCounts[chunk])
    return try CodedTransferTests.sent(job.chunks[chunk]) + summary
  }

  @Test(arguments: [KVCodec.bf16, .int8])
  func everyChunkComesWithItsSummary(codec: KVCodec) async throws {
    try await TestHub.running { hub in
      let worker = try TestWorker.start(hub.boundAddress, name: "only", lanes: 2)
      defer { worker.cancel() }
      // Less than a word, more than a frame, more than the KV itself; even and odd chunks.
      let job = TestHub.job(
        [150, 1, 400, 65, 64, 151],
        wire: .fixed(codec),
        summaries: [5, 300_000, 4096, 70_001, 128, 1]
      )
      let record = await JobRecord(try hub.submit(job))
      #expect(record.commits == 6 && record.error == nil && record.summary?.retries == 0)
      for (index, tokens) in job.chunks.enumerated() {
        let codec = tokens.count > 1 ? codec : .bf16
        #expect(try record.committed[index] == Self.arriving(job, index, in: codec), "chunk \(index)")
        #expect(
          try record.reports[index]?.wireBytes == Self.travelling(job, index, in: codec).count,
          "chunk \(index)"
        )
      }
      // The lane's memory is used again, and nothing is left of the summaries.
      let plain = TestHub.job([200, 151], id: "6f1c2d2e-0000-4000-8000-000000000002", wire: .fixed(codec))
      let second = await JobRecord(try hub.submit(plain))
      for (index, tokens) in plain.chunks.enumerated() {
        let kv = TestHub.block(of: plain, chunk: index)
        #expect(try second.committed[index] == (codec == .int8 ? CodedTransferTests.sent(tokens) : kv))
      }
    }
  }

  /// Frames from the end to the front, each twice, and a connection that breaks among them.
  @Test(arguments: [KVCodec.bf16, .int8])
  func framesMayComeTwiceAndAfterABreak(codec: KVCodec) async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([400], wire: .fixed(codec), summaries: [150_000])
      async let record = JobRecord(try hub.submit(job))
      let forwarder = try Forwarder(to: hub.boundAddress)
      defer { forwarder.close() }
      let worker = try await ScriptedWorker.join(
        hub,
        CodedTransferTests.registration,
        bulkAddress: forwarder.address
      )
      let grant = try await worker.lease()
      #expect(grant.codec == codec && grant.summary == .sketch && grant.summaryByteCount == 150_000)
      let bytes = try Self.travelling(job, 0, in: codec)
      let offsets = Array(stride(from: 0, to: bytes.count, by: ScriptedWorker.frameBytes).reversed())
      _ = try await worker.begin(grant, total: bytes.count)
      // The last two hold nothing but summary.
      for offset in offsets[..<2] { _ = try await worker.frame(grant, bytes, at: offset, total: bytes.count) }
      forwarder.cut()
      // The socket comes back by itself; a request that falls into the gap is lost.
      var reply: BulkReply?
      for _ in 0..<10 where reply == nil { reply = try? await worker.begin(grant, total: bytes.count) }
      #expect(reply == .granted(receivedBytes: bytes.count - offsets[1]))
      for offset in offsets {
        for _ in 0..<2 {
          guard case .accepted = try await worker.frame(grant, bytes, at: offset, total: bytes.count) else {
            Issue.record("the frame at \(offset) was not accepted")
            return
          }
        }
      }
      // Once more when the layers may have been decoded.
      _ = try await worker.frame(grant, bytes, at: offsets[0], total: bytes.count)
      #expect(try await worker.end(grant, bytes, total: bytes.count) == .committed)
      let result = try await record
      #expect(try result.committed[0] == Self.arriving(job, 0, in: codec))
      #expect(result.summary?.retries == 0)
    }
  }

  @Test func aChunkWithoutItsSummaryIsRefused() async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150], summaries: [1000])
      async let record = JobRecord(try hub.submit(job))
      let worker = try await ScriptedWorker.join(hub)
      let grant = try await worker.lease()
      let reply = try await worker.begin(grant, total: grant.kvByteCount)
      guard case .refused(let reason) = reply else {
        Issue.record("the announcement was answered by \(reply)")
        return
      }
      #expect(reason.contains("\(grant.kvByteCount)") && reason.contains("\(grant.kvByteCount + 1000)"))
      #expect(try await worker.deliver(try await worker.lease()) == .committed)
      #expect(try await record.isWhole(job))
    }
  }

  @Test func summariesTakeOfTheMemoryForTransfers() async throws {
    var configuration = TestHub.configuration
    let kvBytes = TestHub.kv(of: [Int32](0..<150)).count
    // Room for the KV of two chunks, and the summary of one.
    configuration.transferBudgetBytes = 2 * kvBytes + 1000
    try await TestHub.running(configuration) { hub in
      let job = TestHub.job([150, 150], summaries: [1000, 1000])
      async let record = JobRecord(try hub.submit(job))
      var registration = ScriptedWorker.registration()
      registration.lanes = 2
      let worker = try await ScriptedWorker.join(hub, registration)
      let first = try await worker.lease()
      let second = try await worker.lease()
      _ = try await worker.begin(first)
      guard case .deferred = try await worker.begin(second) else {
        Issue.record("the second transfer was let in")
        return
      }
      for grant in [first, second] { #expect(try await worker.deliver(grant) == .committed) }
      #expect(try await record.isWhole(job))
    }
  }

  /// A worker's own limit counts both together.
  @Test(arguments: [0, 1])
  func aWorkerTakesNoLargerChunkThanItsLimit(excess: Int) async throws {
    try await TestHub.running { hub in
      let job = TestHub.job([150], summaries: [1000 + excess])
      let limit = TestHub.kv(of: [Int32](0..<150)).count + 1000
      let worker = try TestWorker.make(hub.boundAddress, name: "small", maximumChunkBytes: limit)
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job) == (excess == 0))
      #expect(record.error?.message.contains("KV cache and summary is \(limit + 1)") ?? (excess == 0))
    }
  }
}
