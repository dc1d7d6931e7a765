internal import Foundation
internal import SeededRandom
internal import Testing
internal import Threads
internal import Worker

@Suite("Transfer state")
struct TransferStateTests {
  @Test func followsTheWatermarkWithinItsWindow() {
    var transfer = TransferState(total: 25, frameBytes: 10, window: 2)
    #expect(transfer.frameCount == 3)
    #expect(transfer.next(ready: 9) == .waitForBytes(10))
    #expect(transfer.next(ready: 10) == .send(offset: 0, length: 10))
    #expect(transfer.next(ready: 19) == .waitForBytes(20))
    #expect(transfer.next(ready: 25) == .send(offset: 10, length: 10))
    #expect(transfer.next(ready: 25) == .waitForAnswer)
    transfer.accepted()
    #expect(transfer.next(ready: 25) == .send(offset: 20, length: 5))
    transfer.accepted()
    #expect(transfer.next(ready: 25) == .waitForAnswer)
    transfer.accepted()
    #expect(transfer.next(ready: 25) == .end)
  }

  @Test func sendsWhatWasLostOrIsMissingAgain() {
    var transfer = TransferState(total: 25, frameBytes: 10, window: 2)
    _ = transfer.next(ready: 25)
    _ = transfer.next(ready: 25)
    transfer.lost(offset: 10)
    #expect(transfer.next(ready: 25) == .send(offset: 10, length: 10))
    transfer.accepted()
    transfer.accepted()
    #expect(transfer.missing(offset: 20) == false, "it has not been sent yet")
    _ = transfer.next(ready: 25)
    transfer.accepted()
    for offset in [-10, 5, 30, Int.max] { #expect(transfer.missing(offset: offset) == false, "\(offset)") }
    #expect(transfer.missing(offset: 20) == true)
    #expect(transfer.next(ready: 25) == .send(offset: 20, length: 5))
    #expect(transfer.next(ready: 25) == .waitForAnswer)
  }

  /// Any order of answers, losses and late bytes: everything is accepted in the end, nothing that is not
  /// final is sent.
  @Test(arguments: 0..<100)
  func everyByteArrives(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let total = Int.random(in: 1...500, using: &generator)
    var transfer = TransferState(
      total: total,
      frameBytes: Int.random(in: 1...60, using: &generator),
      window: Int.random(in: 1...3, using: &generator)
    )
    var arrived = [Bool](repeating: false, count: total)
    var underWay: [Int] = []
    var ready = 0
    for _ in 0..<20_000 {
      ready = min(total, ready + Int.random(in: 0...5, using: &generator))
      switch transfer.next(ready: ready) {
      case .send(let offset, let length):
        #expect(offset + length <= ready && length == transfer.length(at: offset))
        underWay.append(offset)
      case .waitForBytes(let count): #expect(count > ready && count <= total)
      case .waitForAnswer: #expect(!underWay.isEmpty)
      case .end:
        #expect(underWay.isEmpty && ready == total)
        guard let missing = arrived.firstIndex(of: false) else { return }
        #expect(transfer.missing(offset: missing / transfer.frameBytes * transfer.frameBytes) == true)
      }
      #expect(underWay.count == transfer.underWay && underWay.count <= transfer.window)
      guard !underWay.isEmpty, Int.random(in: 0..<3, using: &generator) == 0 else { continue }
      let offset = underWay.remove(at: Int.random(in: 0..<underWay.count, using: &generator))
      switch Int.random(in: 0..<10, using: &generator) {
      case 0: transfer.lost(offset: offset)
      // The receiver says so, but forgets it.
      case 1: transfer.accepted()
      default:
        transfer.accepted()
        for byte in offset..<offset + transfer.length(at: offset) { arrived[byte] = true }
      }
    }
    Issue.record("seed \(seed): the transfer never ended")
  }
}

@Suite("Backoff and addresses")
struct SmallValuesTests {
  @Test func pausesDoubleUpToTheLimitAndBeginAgain() {
    var generator = SeededGenerator(seed: 1)
    var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
    for longest in [100, 200, 400, 800, 1000, 1000, 1000] {
      let pause = backoff.next(using: &generator)
      #expect(pause <= .milliseconds(longest) && pause >= .milliseconds(longest) / 2)
    }
    for _ in 0..<100 { _ = backoff.next(using: &generator) }
    backoff.reset()
    #expect(backoff.next(using: &generator) <= .milliseconds(100))
  }
}

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
