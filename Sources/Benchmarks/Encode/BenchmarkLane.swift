internal import KVFormat
internal import Memory
internal import ParallelContext
internal import Synchronization
internal import Threads
package import Transformer
internal import Worker

/// One lane of a benchmark: a thread on a processor of its own, with what a worker's lane has.
package actor BenchmarkLane {
  nonisolated private let executor: LaneExecutor
  private let model: Model
  private let encoder: ChunkEncoder
  private let reference: [LinearLayer]
  private var buffer: AlignedBuffer?
  private var sink: KVCache?

  nonisolated package var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Makes a lane.
  ///
  /// - Parameters:
  ///   - index: Its number, which chooses its processor.
  ///   - model: The weights, shared by the lanes.
  ///   - chunkTokens: The most tokens of a chunk.
  ///   - reference: A layer in attention's type of number, for a model that has none.
  /// - Throws: When memory or a thread cannot be had.
  package init(index: Int, model: Model, chunkTokens: Int, reference: [LinearLayer]) throws {
    let processors = allowedProcessors()
    let processor = processors.isEmpty ? nil : processors[index % processors.count]
    executor = try LaneExecutor(name: "bench \(index)", cpu: processor)
    self.model = model
    self.reference = reference
    encoder = try ChunkEncoder(model: model, kvType: .bf16, tokens: chunkTokens)
  }

  /// Encodes the sink and touches the memory that chunks go to, so that no chunk pays for it.
  func prepare(sink tokens: [Int32], chunkTokens: Int) throws {
    setComputeThreads(1)
    sink = try encoder.encodeSink(tokens)
    let shape = KVCacheShape(model.configuration, tokens: chunkTokens, type: .bf16)
    let buffer = try AlignedBuffer(byteCount: shape.byteCount)
    buffer.mutableBytes.initializeMemory(as: UInt8.self, repeating: 1)
    self.buffer = buffer
  }

  /// Measures the matrix library in this lane's thread.
  func peak(seconds: Double) throws -> GEMMPeak {
    setComputeThreads(1)
    let layers = model.blocks.flatMap { [$0.qkv, $0.output, $0.gateUp, $0.down] } + reference
    return try GEMMPeak.measured(on: layers, seconds: seconds)
  }

  /// Encodes chunk after chunk until none is left; the lanes take turns as they come.
  ///
  /// - Returns: The seconds this lane was busy.
  func encode(_ queue: ChunkQueue, clock: StageClock? = nil) throws -> Double {
    setComputeThreads(1)
    encoder.clock = clock
    defer { encoder.clock = nil }
    let began = monotonicSeconds()
    while let (_, tokens, lead) = queue.next() {
      let shape = KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16)
      guard let buffer else { break }
      try encoder.encode(tokens, lead: lead, behind: sink, into: KVCache(shape: shape, storage: buffer))
    }
    return monotonicSeconds() - began
  }

  /// The sink's cache; nil for none.
  var sinkCache: KVCache? { sink }

  /// Encodes chunk after chunk until none is left, each into memory of its own.
  ///
  /// - Parameters:
  ///   - queue: The chunks.
  ///   - afterChunk: Called when a chunk is encoded.
  /// - Throws: When memory cannot be had, a chunk does not fit the model, or the task is cancelled.
  /// - Returns: The caches by their chunks' places in the queue.
  func encodeKeeping(_ queue: ChunkQueue, afterChunk: @Sendable () -> Void) throws -> [Int: KVCache] {
    setComputeThreads(1)
    var caches: [Int: KVCache] = [:]
    while let (index, tokens, lead) = queue.next() {
      try Task.checkCancellation()
      let cache = try KVCache(shape: KVCacheShape(model.configuration, tokens: tokens.count, type: .bf16))
      try encoder.encode(tokens, lead: lead, behind: sink, into: cache)
      caches[index] = cache
      afterChunk()
    }
    return caches
  }

  /// Encodes with a clock on, and tells where the time went.
  func stages(_ queue: ChunkQueue) throws -> [(stage: Stage, share: Double)] {
    let clock = StageClock()
    _ = try encode(queue, clock: clock)
    return clock.shares
  }

  /// Ends the thread; the lane is not to be used any more.
  nonisolated func stop() { executor.stop() }
}

/// Chunks that lanes take one after the other.
final class ChunkQueue: Sendable {
  private let chunks: [[Int32]]
  private let leads: [[Int32]]
  private let taken = Mutex(0)
  private let finished = Mutex(0)

  /// Chunks, and for each what it is encoded behind besides the sink; no leads for nothing.
  init(_ chunks: [[Int32]], leads: [[Int32]] = []) {
    self.chunks = chunks
    self.leads = leads
  }

  func next() -> (index: Int, tokens: [Int32], lead: [Int32])? {
    taken.withLock { taken in
      guard taken < chunks.count else { return nil }
      defer { taken += 1 }
      return (taken, chunks[taken], taken < leads.count ? leads[taken] : [])
    }
  }

  /// Counts one more chunk as finished, and tells how many are.
  func finish() -> Int {
    finished.withLock { finished in
      finished += 1
      return finished
    }
  }
}

extension [BenchmarkLane] {
  /// Has all lanes work at the same time.
  ///
  /// - Returns: What they came to, in the order in which they were done.
  @discardableResult
  func concurrently<Value: Sendable>(
    _ body: @escaping @Sendable (BenchmarkLane) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
      for lane in self { group.addTask { try await body(lane) } }
      var values: [Value] = []
      for try await value in group { values.append(value) }
      return values
    }
  }

  /// The matrix library's own speed with all lanes at work: the mean of the lanes.
  func peak() async throws -> GEMMPeak {
    .mean(try await concurrently { try await $0.peak(seconds: 0.05) })
  }
}
