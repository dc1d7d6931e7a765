internal import Scheduling
internal import Simulation
internal import Testing

@Suite struct ClusterSimulationTests {
  private func isNear(_ a: Double, _ b: Double, _ tolerance: Double = 1e-6) -> Bool {
    abs(a - b) <= tolerance * max(abs(a), abs(b))
  }

  @Test func oneWorkerTakesWhatItsChunksTake() {
    let outcome = simulated(cluster(workers: 1, chunks: 7))
    #expect(outcome.isComplete)
    #expect(isNear(outcome.encodeSeconds, 7))
    #expect(isNear(outcome.computeSecondsMax, 7))
    #expect(outcome.wireBytes == 7_000_000)
    #expect((outcome.retries, outcome.copies) == (0, 0))
    #expect(outcome.bottleneck == .compute)
  }

  @Test func whatCannotBeHiddenComesOnTop() {
    var configuration = cluster(workers: 1, chunks: 4)
    configuration.link = LinkModel(bytesPerSecond: 20e6, latencySeconds: 0.01)
    configuration.costs.ingestBytesPerSecond = 100e6
    configuration.costs.mergeSeconds = 0.001
    // The first lease's way, then the last chunk's only frame over the link and through the coordinator, the
    // answer, and the end.
    let expected = 4 + 4 * 0.01 + 1e6 / 20e6 + 1e6 / 100e6 + 4 * 0.001
    #expect(isNear(simulated(configuration).encodeSeconds, expected))
    #expect(isNear(simulated(configuration).wireSeconds, 4 * (0.05 + 0.01 + 0.02)))
  }

  @Test func leadsAndLongChunksCostMore() {
    var configuration = cluster(workers: 1, chunks: 1)
    configuration.costs.secondsPerRowSquared = 1e-6
    configuration.chunks = [SimulatedChunk(tokens: 1000, lead: 500)]
    let outcome = simulated(configuration)
    #expect(isNear(outcome.encodeSeconds, 1.5 + 2.25))
    #expect(isNear(outcome.duplicatedTokenShare, 1.0 / 3))
    #expect(outcome.wireBytes == 1_000_000)
  }

  @Test(arguments: [1, 2, 4, 8, 16, 32])
  func twiceTheWorkersTakeHalfTheTime(_ workers: Int) {
    let once = simulated(cluster(workers: workers, chunks: 64)).encodeSeconds
    let twice = simulated(cluster(workers: 2 * workers, chunks: 64)).encodeSeconds
    #expect(isNear(twice, once / 2))
    let real = CostModel()
    let slow = simulated(cluster(workers: workers, chunks: 64, costs: real)).encodeSeconds
    let fast = simulated(cluster(workers: 2 * workers, chunks: 64, costs: real)).encodeSeconds
    #expect(fast >= slow / 2)
    #expect(fast < slow)
  }

  @Test func aSlowLinkBoundsTheTime() {
    var configuration = cluster(workers: 16, chunks: 64)
    configuration.link.bytesPerSecond = 2e6
    let outcome = simulated(configuration)
    #expect(outcome.bottleneck == .link)
    #expect((32...36).contains(outcome.encodeSeconds))
    #expect(isNear(outcome.linkSeconds, 32))
  }

  /// A summary has a part for the chunk and parts for its tokens.
  @Test func summariesTakeOfTheLinkToo() {
    let summary = SummarySize(short: (100, 1_000), long: (300, 1_400))
    #expect(summary == SummarySize(bytes: 800, bytesPerToken: 2))
    #expect(summary.bytes(tokens: 1000) == 2_800)
    var configuration = cluster(workers: 16, chunks: 64)
    configuration.link.bytesPerSecond = 2e6
    let plain = simulated(configuration)
    let chunk = configuration.chunks[0]
    configuration.costs.summary = SummarySize(bytes: 1e6)
    #expect(
      configuration.costs.byteCount(chunk) == 1_000_000
        + Int(configuration.costs.bytesPerToken) * chunk.tokens
    )
    let outcome = simulated(configuration)
    #expect(isNear(outcome.linkSeconds, plain.linkSeconds + 32))
    #expect(outcome.wireBytes == plain.wireBytes + 64_000_000)
  }

  @Test func aSlowCoordinatorBoundsTheTime() {
    var configuration = cluster(workers: 16, chunks: 64)
    configuration.costs.ingestBytesPerSecond = 2e6
    let outcome = simulated(configuration)
    #expect(outcome.bottleneck == .coordinator)
    #expect((32...36).contains(outcome.encodeSeconds))
  }

  @Test func littleRoomForTransfersDelaysAndLosesNothing() {
    var configuration = cluster(workers: 8, chunks: 32)
    configuration.figures.transferBudgetBytes = 2_000_000
    let outcome = simulated(configuration)
    #expect(outcome.isComplete)
    #expect(outcome.committedChunks == 32)
    #expect(outcome.encodeSeconds > simulated(cluster(workers: 8, chunks: 32)).encodeSeconds)
  }

  /// Lanes that wait for memory go on computing, and send what they have when it is their turn.
  @Test func manyLanesShareLittleRoomAtTheCoordinator() {
    var configuration = cluster(workers: 64, chunks: 0, costs: CostModel())
    configuration.chunks = Array(repeating: SimulatedChunk(tokens: 1024, lead: 256), count: 976)
    configuration.link = LinkModel()
    func seconds(room: Int) -> Double {
      configuration.figures.transferBudgetBytes = room
      let outcome = simulated(configuration)
      #expect(outcome.committedChunks == 976)
      return outcome.encodeSeconds
    }
    let ample = seconds(room: 4 << 30)
    #expect(seconds(room: 512 << 20) < 1.02 * ample)
    // One chunk at a time waits for its round trips.
    configuration.link.latencySeconds = 0.02
    #expect(seconds(room: 24 << 20) > 5 * ample)
  }

  @Test(arguments: FailureModel.Sign.allCases)
  func failuresCostTimeAndRetriesAndLoseNothing(_ sign: FailureModel.Sign) {
    var configuration = cluster(workers: 8, chunks: 200)
    configuration.failures = FailureModel(chance: 0.1, restartSeconds: 5, sign: sign)
    let outcome = simulated(configuration)
    #expect(outcome.isComplete)
    #expect(outcome.committedChunks == 200)
    #expect(outcome.retries >= 5)
    #expect(outcome.duplicatedTokenShare > 0)
    #expect(outcome.encodeSeconds > simulated(cluster(workers: 8, chunks: 200)).encodeSeconds)
  }

  @Test func aDocumentThatAlwaysFailsIsGivenUp() {
    var configuration = cluster(workers: 2, chunks: 4)
    configuration.failures = FailureModel(chance: 1, restartSeconds: 1, sign: .process)
    let outcome = simulated(configuration)
    #expect(!outcome.isComplete)
    #expect(outcome.retries >= 5)
  }

  @Test func aSlowWorkersLastChunkIsCopied() {
    var configuration = cluster(workers: 4, chunks: 40)
    configuration.speeds = .list([1, 1, 1, 0.02])
    let outcome = simulated(configuration)
    #expect(outcome.isComplete)
    #expect(outcome.copies >= 1)
    #expect(outcome.committedChunks == 40)
    #expect(outcome.encodeSeconds < 25, "without the copy it takes 50 s")
  }

  @Test func aFewSlowWorkersMakeStragglers() {
    var configuration = cluster(workers: 40, chunks: 40)
    configuration.speeds = .list(Array(repeating: 1, count: 39) + [0.3])
    #expect(simulated(configuration).bottleneck == .stragglers)
  }

  @Test func lanesOfSharedCoresSlowEachOtherDown() {
    var configuration = cluster(workers: 4, chunks: 16)
    configuration.sharedCores = 2
    #expect(isNear(simulated(configuration).encodeSeconds, 8, 0.001))
    configuration.costs.receiveSecondsPerByte = 0.1e-6
    #expect(isNear(simulated(configuration).encodeSeconds, 8.8, 0.001))
    configuration.workers = 1
    #expect(isNear(simulated(configuration).encodeSeconds, 16, 0.001), "a core is left for the rest")
  }

  @Test func lognormalSpeedsHaveAMeanOfOne() {
    let speeds = (0..<20_000).map { Speeds.lognormal(sigma: 0.3).speed(ofWorker: $0, seed: 7) }
    let mean = speeds.reduce(0, +) / 20_000
    #expect(abs(mean - 1) < 0.01)
    #expect(speeds.min() ?? 0 < 0.5)
    #expect(speeds.max() ?? 0 > 2)
  }

  @Test func rowsAreFittedToTwoChunks() {
    var costs = CostModel()
    costs.fitRows(short: (500, 0.5 + 0.025), long: (1000, 1 + 0.1))
    #expect(isNear(costs.secondsPerRow, 1e-3, 1e-9))
    #expect(isNear(costs.secondsPerRowSquared, 1e-7, 1e-6))
    costs.fitRows(short: (500, 0.6), long: (1000, 0.9))
    #expect(costs.secondsPerRowSquared == 0)
    #expect(isNear(costs.secondsPerRow, 1e-3, 1e-9))
  }

  @Test func speedsAreRead() {
    #expect(Speeds("constant") == .constant)
    #expect(Speeds("lognormal:0.3") == .lognormal(sigma: 0.3))
    #expect(Speeds("1,0.5") == .list([1, 0.5]))
    for text in ["", "lognormal:", "lognormal:-1", "1,,2", "0", "fast", "nan"] {
      #expect(Speeds(text) == nil)
    }
  }
}
