internal import Addresses
internal import Cluster
internal import Coordinator
internal import Glibc
internal import KVFormat
internal import Synchronization
internal import Testing
internal import Wire
internal import Worker

/// Lanes go from chunk to chunk without a pause, at any distance from the coordinator.
@Suite(.timeLimit(.minutes(1)))
struct LanePaceTests {
  /// The times at which chunks were begun and ended.
  private final class Times: Sendable {
    private let all = Mutex<[(begin: ContinuousClock.Instant, end: ContinuousClock.Instant)]>([])

    func note(_ begin: ContinuousClock.Instant, _ end: ContinuousClock.Instant) {
      all.withLock { $0.append((begin, end)) }
    }

    /// The times from the end of each chunk to the beginning of the next, the shortest first.
    var pauses: [Duration] {
      let times = all.withLock { $0 }
      return zip(times, times.dropFirst()).map { $1.begin - $0.end }.sorted()
    }
  }

  /// Takes some time for a chunk, most of it after nine tenths of the bytes are there.
  private final class Encoder: LaneEncoder {
    let times: Times
    init(_ times: Times) { self.times = times }

    func encode(
      _ assignment: ChunkAssignment,
      into destination: UnsafeMutableRawBufferPointer,
      ready: (Int) -> Void,
      isCancelled: () -> Bool
    ) throws -> EncodeReport {
      let begin = ContinuousClock.now
      let tokens = assignment.tokens
      destination.copyBytes(
        from: TestHub.kv(of: tokens)
          + TestHub.summary(of: tokens, byteCount: assignment.summaryByteCount)
      )
      ready(assignment.kvByteCount * 9 / 10 + 1)
      usleep(300_000)
      ready(destination.count)
      let end = ContinuousClock.now
      times.note(begin, end)
      return EncodeReport(computeSeconds: (end - begin) / .seconds(1), sinkDigest: 7)
    }
  }

  /// Without summaries, and with some that are larger than the chunks.
  @Test(arguments: [0, 400_000])
  func theNextLeaseIsInHandWhenAChunkEnds(summaryBytes: Int) async throws {
    try await TestHub.running { hub in
      // A request and its answer take 200 ms, which would be seen between any two chunks.
      let forwarder = try Forwarder(to: hub.boundAddress, delayMilliseconds: 100)
      defer { forwarder.close() }
      let times = Times()
      var configuration = WorkerConfiguration(
        coordinator: try CoordinatorAddress(parsing: forwarder.address),
        lanes: 1,
        identities: [TestHub.identity],
        compute: .bf16,
        name: "far"
      )
      configuration.frameBytes = ScriptedWorker.frameBytes
      let worker = try WorkerService(configuration: configuration, logger: TestHub.logger) { _ in
        Encoder(times)
      }
      let running = Task { try await worker.run() }
      defer { running.cancel() }
      let summaries = summaryBytes > 0 ? Array(repeating: summaryBytes, count: 8) : []
      let job = TestHub.job(Array(repeating: 50, count: 8), summaries: summaries)
      let record = await JobRecord(try hub.submit(job))
      #expect(record.isWhole(job))
      #expect(record.summary?.retries == 0)
      let pauses = times.pauses
      #expect(pauses.count == 7)
      // The median, as any one may be late on a busy machine.
      #expect((pauses.dropFirst(3).first ?? .seconds(1)) < .milliseconds(100), "\(pauses)")
    }
  }
}
