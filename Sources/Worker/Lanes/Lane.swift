package import Memory
internal import Scheduling
internal import Synchronization
internal import Wire

/// A lane of a worker, which makes the bytes of one chunk at a time ready, by computing or otherwise.
package protocol WorkerLane: Sendable {
  /// Returns the memory in which a chunk of this slot becomes ready.
  ///
  /// - Throws: An error that says why the chunk cannot be worked on.
  func buffer(slot: Int, for assignment: ChunkAssignment) throws -> AlignedBuffer

  /// Makes the bytes of a chunk ready, and reports progress and result to the run's watermark.
  func encode(_ run: LeaseRun) async

  /// Ends the lane, which must not be used afterwards.
  func stop()
}

/// A lane that computes: a thread, its encoder, and two buffers, so that a chunk can be computed while the
/// previous one is still being sent.
actor Lane: WorkerLane {
  nonisolated let index: Int
  nonisolated private let executor: LaneExecutor
  private var encoder: (any LaneEncoder)?
  /// Scratch memory for one coded layer, kept for later chunks.
  private var room: AlignedBuffer?
  // Not confined to the thread, since the next chunk's buffer is taken while the thread computes.
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
      throw .encoder(error)
    }
  }

  /// Returns the buffer of a slot, at least as large as the chunk; it is kept for later chunks.
  nonisolated func buffer(slot: Int, for assignment: ChunkAssignment) throws -> AlignedBuffer {
    let byteCount = assignment.byteCount
    return try buffers.withLock { buffers in
      if let buffer = buffers[slot], buffer.byteCount >= byteCount { return buffer }
      // Freed first, so that both are never held at once.
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
    // The chunk may have been cancelled while it waited for the lane.
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
