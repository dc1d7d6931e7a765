internal import Addresses
internal import Coordinator
internal import Glibc
internal import KVFormat
internal import Synchronization
internal import Wire
internal import Worker

/// The real worker with an encoder that is no model: it writes the bytes that ``TestHub/kv(of:)`` expects,
/// layer by layer, and the summary behind them.
enum TestWorker {
  /// The settings of encoders that a test changes while they run.
  final class Pace: Sendable {
    private let layerMicroseconds: Atomic<UInt32>
    private let begun = Atomic(0)

    /// - Parameter layerMilliseconds: The time of each layer.
    init(layerMilliseconds: UInt32 = 0) { layerMicroseconds = Atomic(layerMilliseconds * 1000) }

    /// The chunks begun so far.
    var chunksBegun: Int { begun.load(ordering: .relaxed) }

    /// Makes every layer from now on as quick as possible.
    func release() { layerMicroseconds.store(0, ordering: .relaxed) }

    fileprivate func begin() { begun.add(1, ordering: .relaxed) }

    /// Waits as long as a layer takes, or until released or cancelled.
    fileprivate func layer(isCancelled: () -> Bool) {
      var waited: UInt32 = 0
      while waited < layerMicroseconds.load(ordering: .relaxed), !isCancelled() {
        usleep(2000)
        waited += 2000
      }
    }
  }

  private final class Encoder: LaneEncoder {
    let pace: Pace
    init(_ pace: Pace) { self.pace = pace }

    func encode(
      _ assignment: ChunkAssignment,
      into destination: UnsafeMutableRawBufferPointer,
      ready: (Int) -> Void,
      isCancelled: () -> Bool
    ) throws -> EncodeReport {
      let start = ContinuousClock.now
      pace.begin()
      let kv = TestHub.kv(of: assignment.tokens)
      let layers = TestHub.shape.layers
      for layer in 0..<layers {
        pace.layer(isCancelled: isCancelled)
        guard !isCancelled() else { throw CancellationError() }
        let part = kv.count / layers * layer..<kv.count / layers * (layer + 1)
        UnsafeMutableRawBufferPointer(rebasing: destination[part]).copyBytes(from: kv[part])
        // With an odd chunk the summary comes later than the last layer.
        if layer < layers - 1 || assignment.tokens.count % 2 == 1 { ready(part.upperBound) }
      }
      let tokens = assignment.tokens
      UnsafeMutableRawBufferPointer(rebasing: destination[kv.count...])
        .copyBytes(from: TestHub.summary(of: tokens, byteCount: assignment.summaryByteCount))
      ready(destination.count)
      return EncodeReport(computeSeconds: (ContinuousClock.now - start) / .seconds(1), sinkDigest: 7)
    }
  }

  /// A worker that is ready to run.
  static func make(
    _ address: String,
    name: String,
    lanes: Int = 1,
    pace: Pace = Pace(),
    identities: [ModelIdentity] = [TestHub.identity],
    maximumChunkBytes: Int? = nil,
    timing: (inout WorkerConfiguration.Timing) -> Void = { _ in }
  ) throws -> WorkerService {
    var configuration = WorkerConfiguration(
      coordinator: try CoordinatorAddress(parsing: address),
      lanes: lanes,
      identities: identities,
      compute: .bf16,
      name: name
    )
    configuration.frameBytes = ScriptedWorker.frameBytes
    configuration.timing.firstPause = .milliseconds(30)
    configuration.timing.longestPause = .milliseconds(300)
    configuration.timing.leaseWait = .seconds(3)
    configuration.timing.requestTimeout = .seconds(3)
    if let maximumChunkBytes { configuration.maximumChunkBytes = maximumChunkBytes }
    timing(&configuration.timing)
    return try WorkerService(configuration: configuration, logger: TestHub.logger) { _ in Encoder(pace) }
  }

  /// Runs a worker in a task of its own; cancelling it makes the worker vanish without a word.
  static func start(
    _ address: String,
    name: String,
    lanes: Int = 1,
    pace: Pace = Pace()
  ) throws -> Task<Void, any Error> {
    let worker = try make(address, name: name, lanes: lanes, pace: pace)
    return Task { try await worker.run() }
  }

  /// Waits until a condition holds, for 20 s at most.
  static func wait(until condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
      guard ContinuousClock.now < deadline else {
        throw ScriptedWorker.Unexpected(description: "waited in vain")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
