internal import Dispatch
internal import GGUF
internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Synchronization
internal import TestSupport
internal import Testing
internal import Transformer

/// Encoding side by side against one encoder that takes run after run.
@Suite(.serialized) struct InProcessEncoderTests {
  private struct Refusal: Error {}

  private static let model = Result {
    try Model(file: GGUFFile(path: TestFiles.model()), compute: .f32, withHead: false, threads: 2)
  }
  private static let sink = (0..<5).map { Int32(900 + $0) }
  private static let runs: [InProcessEncoder.Run] = [
    .init(tokens(40)),
    .init(tokens(7), lead: tokens(9)),
    .init(tokens(33), lead: tokens(3), base: 60),
    .init(tokens(1)),
    .init(tokens(64)),
  ]

  private static func tokens(_ count: Int) -> [Int32] { (0..<count).map { Int32(300 + $0 * 11) } }

  private static func bytes(_ cache: KVCache) -> [UInt8] {
    Array(cache.storage.bytes[..<cache.shape.byteCount])
  }

  /// What one encoder on one thread makes of the runs.
  private static func expected(_ model: Model) throws -> [[UInt8]] {
    let encoder = try ChunkEncoder(model: model, kvType: .f32, tokens: 64)
    let sink = try encoder.encodeSink(sink)
    return try runs.map { run in
      let shape = KVCacheShape(model.configuration, tokens: run.tokens.count, type: .f32)
      let cache = try KVCache(shape: shape)
      try encoder.encode(run.tokens, lead: run.lead, base: run.base, behind: sink, into: cache)
      return bytes(cache)
    }
  }

  @Test(arguments: [1, 2, 8]) func everyRunIsTheSameToTheBitWhateverTheLanes(lanes: Int) async throws {
    let model = try Self.model.get()
    let expected = try Self.expected(model)
    let encoder = try InProcessEncoder(model: model, kvType: .f32, lanes: lanes, tokens: 64)
    let sink = try await encoder.encodeSink(Self.sink)
    let seen = Mutex(0)
    let outcome = try await encoder.encode(
      Self.runs,
      behind: sink,
      afterRun: { _ in seen.withLock { $0 += 1 } }
    )
    #expect(outcome.caches.map(Self.bytes) == expected)
    #expect(outcome.laneSeconds.count == lanes && encoder.laneCount == lanes)
    #expect(outcome.laneSeconds.allSatisfy { $0 >= 0 })
    #expect(outcome.stages.isEmpty)
    #expect(seen.withLock { $0 } == Self.runs.count)
    let waited = try encoder.encodeAndWait(Self.runs, behind: sink)
    #expect(waited.caches.map(Self.bytes) == expected)
  }

  @Test func stagesAddUpToTheWholeOnEveryLaneThatWorked() async throws {
    let encoder = try InProcessEncoder(model: Self.model.get(), kvType: .f32, lanes: 1, tokens: 64)
    let outcome = try await encoder.encode(Self.runs, behind: nil, measuresStages: true)
    let shares = try #require(outcome.stages.first)
    #expect(shares.map(\.stage) == Stage.allCases)
    #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(try #require(shares.first { $0.stage == .linear }).share > 0.1)
  }

  @Test func anErrorEndsTheCallAndTheLanesServeTheNextOne() async throws {
    let model = try Self.model.get()
    let encoder = try InProcessEncoder(model: model, kvType: .f32, lanes: 2, tokens: 64)
    let sink = try await encoder.encodeSink(Self.sink)
    let tooLong = InProcessEncoder.Run(Self.tokens(8), lead: Self.tokens(model.configuration.contextLength))
    await #expect(throws: ModelError.self) {
      _ = try await encoder.encode([tooLong] + Self.runs, behind: sink)
    }
    let begun = Mutex(0)
    #expect(throws: Refusal.self) {
      _ = try encoder.encodeAndWait(
        Self.runs,
        behind: sink,
        afterRun: { _ in
          begun.withLock { $0 += 1 }
          throw Refusal()
        }
      )
    }
    // Each lane may have begun one run before the first error was known.
    #expect((1...2).contains(begun.withLock { $0 }))
    #expect(
      try await encoder.encode(Self.runs, behind: sink).caches.map(Self.bytes) == Self.expected(model)
    )
  }

  @Test func aCancelledCallBeginsNoFurtherRun() async throws {
    let encoder = try InProcessEncoder(model: Self.model.get(), kvType: .f32, lanes: 1, tokens: 64)
    let begun = Mutex(0)
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    let mayGoOn = DispatchSemaphore(value: 0)
    let task = Task {
      try await encoder.encode(
        Self.runs,
        behind: nil,
        afterRun: { _ in
          begun.withLock { $0 += 1 }
          end.yield()
          mayGoOn.wait()
        }
      )
    }
    for await _ in ended { break }
    task.cancel()
    mayGoOn.signal()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    #expect(begun.withLock { $0 } == 1)
  }
}
