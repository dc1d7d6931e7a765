internal import Memory

/// Where a replaying worker takes its chunks from.
public struct ReplaySource: Sendable {
  /// The recorded chunks.
  public let library: RecordingLibrary
  /// Whether another chunk of the same length stands in for one that was not recorded.
  public let takesStandIns: Bool
  /// What recorded times are multiplied by; 0 waits for nothing.
  public let timeFactor: Double

  /// A source of recorded chunks.
  ///
  /// - Parameters:
  ///   - library: The recorded chunks.
  ///   - takesStandIns: Whether another chunk of the same length stands in for one that was not recorded.
  ///   - timeFactor: What recorded times are multiplied by; 0 waits for nothing.
  public init(_ library: RecordingLibrary, takesStandIns: Bool = false, timeFactor: Double = 1) {
    self.library = library
    self.takesStandIns = takesStandIns
    self.timeFactor = timeFactor
  }

  func chunk(for assignment: ChunkAssignment) throws(RecordingError) -> RecordingLibrary.Chunk {
    try library.chunk(for: assignment, orStandIn: takesStandIns)
  }
}

/// A lane that computes nothing: recorded bytes become ready at recorded times, and are sent from where they
/// are mapped. It has neither a thread nor memory of its own, so that one process can have hundreds.
struct ReplayLane: WorkerLane {
  let source: ReplaySource

  func buffer(slot: Int, for assignment: ChunkAssignment) throws -> AlignedBuffer {
    let chunk = try source.chunk(for: assignment)
    try chunk.checkUnchanged()
    return chunk.block
  }

  func encode(_ run: LeaseRun) async {
    let start = ContinuousClock.now
    do {
      let chunk = try source.chunk(for: run.assignment)
      let schedule = ReplaySchedule(chunk.recording, factor: source.timeFactor)
      for mark in schedule.marks {
        if mark.time > .zero { try await Task.sleep(until: start + mark.time, clock: .continuous) }
        guard !run.watermark.isCancelled else { return }
        // Ready bytes are sent from the mapping.
        try chunk.checkUnchanged()
        run.watermark.advance(to: mark.readyBytes)
      }
      run.watermark.finish(schedule.report)
    } catch is CancellationError {
      run.watermark.cancel()
    } catch {
      run.watermark.fail("\(error)")
    }
  }

  func stop() {}
}
