internal import Foundation
internal import Testing
internal import Threads
internal import Worker

@Suite("Waiting")
struct WaitingTests {
  let report = EncodeReport(computeSeconds: 1, sinkDigest: 2)

  @Test func aMarkNeverGoesBackNorBeyondTheEnd() {
    let mark = Watermark(total: 100)
    mark.advance(to: 40)
    mark.advance(to: 10)
    #expect(mark.progress.ready == 40)
    mark.advance(to: 1000)
    #expect(mark.progress.ready == 100)
    mark.finish(report)
    #expect(mark.progress.phase == .finished(report))
    mark.fail("too late")
    #expect(mark.progress.phase == .finished(report))
    mark.cancel()
    #expect(mark.isCancelled)
    mark.finish(report)
    #expect(mark.isCancelled)
  }

  @Test(.timeLimit(.minutes(1))) func theSenderIsWokenByBytesEndAndCancellation() async {
    let mark = Watermark(total: 100)
    async let first: Void = mark.wait(forBytes: 10)
    mark.advance(to: 10)
    await first
    async let second: Void = mark.wait(forBytes: 100)
    mark.fail("broken")
    await second
    #expect(mark.progress.phase == .failed("broken"))

    let shared = Watermark(total: 100)
    async let early: Void = shared.wait(forBytes: 50)
    async let late: Void = shared.wait(forBytes: 100)
    shared.advance(to: 60)
    await early
    shared.finish(report)
    await late

    let never = Watermark(total: 1)
    let waiting = Task { await never.wait(forBytes: 1) }
    waiting.cancel()
    await waiting.value
    #expect(never.progress.phase == .computing)
  }

  @Test(.timeLimit(.minutes(1))) func manyRacesOfWaitAndCancelEndAlways() async {
    for _ in 0..<2_000 {
      let signal = Signal()
      let mark = Watermark(total: 1)
      let tasks = [Task { await signal.wait() }, Task { await mark.wait(forBytes: 1) }]
      async let raised: Void = { signal.raise() }()
      async let finished: Void = { mark.finish(EncodeReport(computeSeconds: 0, sinkDigest: 0)) }()
      for task in tasks { task.cancel() }
      for task in tasks { await task.value }
      _ = await (raised, finished)
    }
  }

  @Test(.timeLimit(.minutes(1))) func aSignalCutsWorkShort() async throws {
    let signal = Signal()
    #expect(try await signal.orElse { 5 } == 5)
    let start = ContinuousClock.now
    async let cut: Int? = signal.orElse {
      try await Task.sleep(for: .seconds(600))
      return 1
    }
    signal.raise()
    #expect(try await cut == nil)
    #expect(try await signal.orElse { 5 } == nil)
    await signal.sleep(for: .seconds(600))
    #expect(ContinuousClock.now - start < .seconds(30))
  }
}

private actor Pinned {
  nonisolated let executor: LaneExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  var value = 0

  init(_ executor: LaneExecutor) {
    self.executor = executor
  }

  /// The processors that the calling thread may run on, as the system lists them.
  func processors() throws -> String? {
    try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
      .split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }?
      .split(separator: "\t").last.map(String.init)
  }

  func increment() { value += 1 }
}

@Suite("Lane executor")
struct LaneExecutorTests {
  @Test(.timeLimit(.minutes(1))) func runsItsActorOnOneProcessorOfItsOwn() async throws {
    let allowed = allowedProcessors()
    let cpu = try #require(allowed.last)
    let pinned = Pinned(try LaneExecutor(name: "test with a long name", cpu: cpu))
    #expect(try await pinned.processors() == "\(cpu)")
    #expect(allowedProcessors() == allowed, "other threads stay as they are")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<1_000 { group.addTask { await pinned.increment() } }
    }
    #expect(await pinned.value == 1_000)
    pinned.executor.stop()
    await pinned.increment()
    #expect(await pinned.value == 1_001, "a late job is run, not lost")
  }
}
