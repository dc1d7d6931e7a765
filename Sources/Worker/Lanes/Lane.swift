package import Memory
internal import Scheduling
internal import Synchronization
internal import Wire

/// A lane of a worker: encodes one chunk at a time, or makes its bytes ready in another way.
package protocol WorkerLane: Sendable {
  /// The memory in which a chunk of this slot becomes ready.
  ///
  /// - Throws: Why the chunk cannot be worked on.
  func buffer(slot: Int, for assignment: ChunkAssignment) throws -> AlignedBuffer

  /// Has a chunk become ready; how it went is told to the run's watermark.
  func encode(_ run: LeaseRun) async

  /// Ends the lane; it is not to be used any more.
  func stop()
}

/// A lane that computes: a thread, its encoder, and two buffers, so that a chunk can be computed while the former is
/// still being sent.
actor Lane: WorkerLane {
  nonisolated let index: Int
  nonisolated private let executor: LaneExecutor
  private var encoder: (any LaneEncoder)?
  /// Room for one coded layer, kept for later chunks.
  private var room: AlignedBuffer?
  // Not the thread's: the buffer of the next chunk is found while it computes.
  nonisolated private let buffers = Mutex(
    [AlignedBuffer?](repeating: nil, count: ClusterFigures.usual.laneSlots)
  )

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(index: Int, cpu: Int?) throws(WorkerError) {
    self.index = index
    self.executor = try LaneExecutor(name: "lane \(index)", cpu: cpu)
  }

  /// Makes the encoder, on the lane's thread, so that its memory is local to it.
  func prepare(_ makeEncoder: @Sendable (Int) throws -> any LaneEncoder) throws(WorkerError) {
    do {
      encoder = try makeEncoder(index)
    } catch {
      throw .encoder(reason: "\(error)")
    }
  }

  /// The buffer of a slot, at least this large; it is kept for later chunks.
  nonisolated func buffer(slot: Int, for assignment: ChunkAssignment) throws -> AlignedBuffer {
    let byteCount = assignment.byteCount
    return try buffers.withLock { buffers in
      if let buffer = buffers[slot], buffer.byteCount >= byteCount { return buffer }
      // Given back first, so that both are never held at once.
      buffers[slot] = nil
      let buffer = try AlignedBuffer(byteCount: byteCount)
      buffers[slot] = buffer
      return buffer
    }
  }

  /// Computes a chunk into its buffer.
  func encode(_ run: LeaseRun) {
    guard let encoder else {
      run.watermark.fail("the lane has no encoder")
      return
    }
    // It may have waited for the lane, and meanwhile not be wanted any more.
    guard !run.watermark.isCancelled else { return }
    let destination = UnsafeMutableRawBufferPointer(
      rebasing: run.buffer.mutableBytes[..<run.assignment.byteCount]
    )
    do {
      var layers = LayerCoder(run.coding, block: destination, room: try room(for: run.coding))
      let report = try encoder.encode(
        run.assignment,
        into: destination,
        ready: { run.watermark.advance(to: layers.code(upTo: $0)) },
        isCancelled: { run.watermark.isCancelled }
      )
      _ = layers.code(upTo: destination.count)
      run.watermark.finish(report)
    } catch {
      run.watermark.fail("\(error)")
    }
  }

  private func room(for coding: KVCoding) throws -> UnsafeMutableRawBufferPointer {
    if let room, room.byteCount >= coding.roomByteCount { return room.mutableBytes }
    let made = try AlignedBuffer(byteCount: coding.roomByteCount)
    room = made
    return made.mutableBytes
  }

  /// Ends the thread.
  nonisolated func stop() {
    executor.stop()
  }
}
