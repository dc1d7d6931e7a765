internal import Dispatch
package import KVFormat
internal import Synchronization
internal import Threads
package import Transformer

/// Encodes runs of tokens side by side on lanes of this process, without a coordinator: for evaluations, and
/// for benchmarks that workers are compared with.
///
/// A lane is a thread with an encoder of its own. Lanes take one run after the other until none is left.
package final class InProcessEncoder: Sendable {
  /// One run of tokens.
  package struct Run: Hashable, Sendable {
    /// The tokens whose keys and values are kept.
    package var tokens: [Int32]
    /// Tokens between sink and run that are attended and not kept.
    package var lead: [Int32]
    /// The position of the first token; nil for the next one behind sink and lead.
    package var base: Int?

    package init(_ tokens: [Int32], lead: [Int32] = [], base: Int? = nil) {
      self.tokens = tokens
      self.lead = lead
      self.base = base
    }
  }

  /// The result of encoding some runs.
  package struct Outcome: Sendable {
    /// Each run's keys and values, in the order of the runs.
    package var caches: [KVCache] = []
    /// For each lane the seconds from the beginning of the call to the end of its last run.
    package var laneSeconds: [Double] = []
    /// For each lane the shares of its time that the stages took; empty unless they were measured.
    package var stages: [[(stage: Stage, share: Double)]] = []
  }

  /// The memory for a run's keys and values.
  package typealias Memory = @Sendable (_ lane: Int, _ run: Int) throws -> KVCache

  private let model: Model
  private let kvType: KVType
  private let lanes: [Lane]

  /// Starts the lanes' threads and reserves their memory.
  ///
  /// - Parameters:
  ///   - model: The weights, shared by the lanes.
  ///   - kvType: The type of stored keys and values.
  ///   - lanes: The number of runs encoded at a time; at least 1.
  ///   - threadsPerLane: The number of threads that share a matrix product.
  ///   - tokens: The most tokens of a run and its lead that need no further memory.
  ///   - processors: The processors on which the lanes' threads stay, taken in turn; empty for any.
  /// - Throws: ``ModelError`` when memory cannot be allocated, `NoThread` when the system starts no more
  ///   threads.
  package init(
    model: Model,
    kvType: KVType,
    lanes: Int,
    threadsPerLane: Int = 1,
    tokens: Int,
    processors: [Int] = []
  ) throws(ModelError) {
    self.model = model
    self.kvType = kvType
    self.lanes = try (0..<max(1, lanes)).map { index throws(ModelError) in
      let processor = processors.isEmpty ? nil : processors[index % processors.count]
      return Lane(
        index: index,
        thread: try Self.thread(index: index, cpu: processor),
        encoder: try ChunkEncoder(model: model, kvType: kvType, tokens: tokens, threads: threadsPerLane)
      )
    }
  }

  private static func thread(index: Int, cpu: Int?) throws(ModelError) -> JobThread {
    do throws(NoThread) {
      return try JobThread(name: "encode \(index)", cpu: cpu)
    } catch {
      throw ModelError(
        .outOfMemory,
        "the system gives no thread for a lane (error \(error.errorNumber)); use fewer lanes",
        cause: error
      )
    }
  }

  deinit { for lane in lanes { lane.thread.stop() } }

  /// The number of runs encoded at a time.
  package var laneCount: Int { lanes.count }

  /// Encodes a sink, on the first lane.
  ///
  /// - Parameter tokens: Its tokens.
  /// - Returns: Its keys and values; nil when it has no tokens.
  /// - Throws: ``ModelError`` for tokens that do not fit the model.
  package func encodeSink(_ tokens: [Int32]) async throws -> KVCache? {
    try await withCheckedThrowingContinuation { continuation in
      start(lanes.prefix(1), { try $0.encoder.encodeSink(tokens) }) {
        continuation.resume(with: $0.map { $0.first ?? nil })
      }
    }
  }

  /// Encodes runs of tokens.
  ///
  /// - Parameters:
  ///   - runs: The runs.
  ///   - sink: The sink that every run stands behind; nil for none.
  ///   - measuresStages: True to measure where the time goes, which costs a little.
  ///   - memory: Gives the memory of a run; nil for memory of its own.
  ///   - afterRun: Called on the lane's thread when a run is encoded; may throw to end the call.
  /// - Returns: The caches and times.
  /// - Throws: ``ModelError`` for a run that does not fit the model and when memory cannot be allocated, or
  ///   what `memory` and `afterRun` throw, or `CancellationError`. No further run is begun then.
  package func encode(
    _ runs: [Run],
    behind sink: KVCache?,
    measuresStages: Bool = false,
    memory: Memory? = nil,
    afterRun: @escaping @Sendable (KVCache) throws -> Void = { _ in }
  ) async throws -> Outcome {
    let work = Work(
      runs: runs,
      sink: sink,
      measuresStages: measuresStages,
      memory: memory ?? ownMemory(for: runs),
      afterRun: afterRun
    )
    let outcome = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        start(lanes[...], work.done) { continuation.resume(with: work.outcome($0)) }
      }
    } onCancel: {
      work.stop()
    }
    try Task.checkCancellation()
    return outcome
  }

  /// Encodes runs of tokens and blocks the calling thread until all are encoded: for callers that have a
  /// thread of their own for computing. Throws as the other form does.
  package func encodeAndWait(
    _ runs: [Run],
    behind sink: KVCache?,
    afterRun: @escaping @Sendable (KVCache) throws -> Void = { _ in }
  ) throws -> Outcome {
    let work = Work(
      runs: runs,
      sink: sink,
      measuresStages: false,
      memory: ownMemory(for: runs),
      afterRun: afterRun
    )
    let result = Mutex<Result<Outcome, any Error>?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    start(lanes[...], work.done) { lanes in
      result.withLock { $0 = work.outcome(lanes) }
      isDone.signal()
    }
    isDone.wait()
    return try result.withLock { try $0?.get() } ?? Outcome()
  }

  /// Does the same work on every lane's thread at the same time.
  ///
  /// - Parameter work: The work; gets the lane's number.
  /// - Returns: What the work returned, by lane.
  /// - Throws: The first error of the work.
  package func onEveryLane<Value: Sendable>(
    _ work: @escaping @Sendable (_ lane: Int) throws -> Value
  ) async throws -> [Value] {
    try await withCheckedThrowingContinuation { continuation in
      start(lanes[...], { try work($0.index) }) { continuation.resume(with: $0) }
    }
  }

  private func ownMemory(for runs: [Run]) -> Memory {
    let (configuration, kvType) = (model.configuration, kvType)
    return { _, run in
      try KVCache(shape: KVCacheShape(chunkOf: configuration, tokens: runs[run].tokens.count, type: kvType))
    }
  }

  /// Runs some work on lanes; the last one to end calls `completion` with the values in the order of the
  /// lanes.
  private func start<Value: Sendable>(
    _ lanes: ArraySlice<Lane>,
    _ work: @escaping @Sendable (Lane) throws -> Value,
    completion: @escaping @Sendable (Result<[Value], any Error>) -> Void
  ) {
    let values = Collected<Value>()
    for lane in lanes {
      lane.thread.run {
        let value = Result { try work(lane) }
        if let all = values.add(value, of: lane.index, outOf: lanes.count) { completion(all) }
      }
    }
  }
}

/// A thread and its encoder.
// Sendable because the encoder is used by jobs of the lane's own thread alone, one after the other.
private final class Lane: @unchecked Sendable {
  let index: Int
  let thread: JobThread
  let encoder: ChunkEncoder

  init(index: Int, thread: JobThread, encoder: ChunkEncoder) {
    self.index = index
    self.thread = thread
    self.encoder = encoder
  }
}

/// The lanes' values, until all of them are there.
private final class Collected<Value: Sendable>: Sendable {
  private let values = Mutex<[Int: Result<Value, any Error>]>([:])

  /// Takes a lane's value.
  ///
  /// - Returns: All values in the order of the lanes, or the first error, once none is missing.
  func add(
    _ value: Result<Value, any Error>,
    of lane: Int,
    outOf count: Int
  ) -> Result<[Value], any Error>? {
    values.withLock { values in
      values[lane] = value
      guard values.count == count else { return nil }
      let ordered = values.sorted { $0.key < $1.key }.map(\.value)
      return Result { try ordered.map { try $0.get() } }
    }
  }
}

/// The runs of one call, of which each lane takes the next one.
private final class Work: Sendable {
  private struct Progress {
    var next = 0
    var isStopped = false
    var caches: [Int: KVCache] = [:]
  }

  private let runs: [InProcessEncoder.Run]
  private let sink: KVCache?
  private let measuresStages: Bool
  private let memory: InProcessEncoder.Memory
  private let afterRun: @Sendable (KVCache) throws -> Void
  private let began = monotonicSeconds()
  private let progress = Mutex(Progress())

  init(
    runs: [InProcessEncoder.Run],
    sink: KVCache?,
    measuresStages: Bool,
    memory: @escaping InProcessEncoder.Memory,
    afterRun: @escaping @Sendable (KVCache) throws -> Void
  ) {
    self.runs = runs
    self.sink = sink
    self.measuresStages = measuresStages
    self.memory = memory
    self.afterRun = afterRun
  }

  /// One lane's part.
  struct Part: Sendable {
    var seconds: Double
    var stages: [(stage: Stage, share: Double)]?
  }

  /// Encodes runs until none is left or a lane has failed.
  func done(on lane: Lane) throws -> Part {
    let clock = measuresStages ? StageClock() : nil
    lane.encoder.clock = clock
    defer { lane.encoder.clock = nil }
    do {
      while let index = next() {
        let run = runs[index]
        let cache = try memory(lane.index, index)
        try lane.encoder.encode(run.tokens, lead: run.lead, base: run.base, behind: sink, into: cache)
        try afterRun(cache)
        progress.withLock { $0.caches[index] = cache }
      }
    } catch {
      stop()
      throw error
    }
    return Part(seconds: monotonicSeconds() - began, stages: clock?.shares)
  }

  /// Lets no lane begin another run.
  func stop() { progress.withLock { $0.isStopped = true } }

  private func next() -> Int? {
    progress.withLock { progress in
      guard !progress.isStopped, progress.next < runs.count else { return nil }
      defer { progress.next += 1 }
      return progress.next
    }
  }

  func outcome(_ parts: Result<[Part], any Error>) -> Result<InProcessEncoder.Outcome, any Error> {
    parts.map { parts in
      let caches = progress.withLock { $0.caches }
      return InProcessEncoder.Outcome(
        caches: runs.indices.compactMap { caches[$0] },
        laneSeconds: parts.map(\.seconds),
        stages: parts.compactMap(\.stages)
      )
    }
  }
}
