package import Logging
package import Memory
package import Worker

/// A lane that computes nothing: recorded bytes become ready at recorded times, and are sent from their
/// mapping. It has neither a thread nor memory of its own, so that one process can have hundreds.
package struct ReplayLane: WorkerLane {
  /// The recordings that are replayed.
  package let source: ReplaySource

  /// Returns the memory of the recording that fits the assignment.
  package func buffer(slot: Int, for assignment: ChunkAssignment) throws -> AlignedBuffer {
    let chunk = try source.chunk(for: assignment)
    try chunk.checkUnchanged()
    return chunk.block
  }

  /// Makes the recorded layers ready at their times.
  package func encode(_ run: LeaseRun) async {
    let start = ContinuousClock.now
    do {
      let chunk = try source.chunk(for: run.assignment)
      let schedule = ReplaySchedule(chunk.recording, factor: source.timeFactor)
      for mark in schedule.marks {
        if mark.time > .zero { try await Task.sleep(until: start + mark.time, clock: .continuous) }
        guard !run.watermark.isCancelled else { return }
        // Ready bytes are sent from the mapping, so the file must be unchanged.
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

  /// Does nothing: the lane has no thread of its own.
  package func stop() {}
}

extension WorkerService {
  /// Makes a worker that computes nothing: it answers leases with recorded KV caches at the recorded times,
  /// and the coordinator knows it.
  ///
  /// - Parameters:
  ///   - configuration: The worker's size and its coordinator; its identity is the recorded one.
  ///   - logger: The log.
  ///   - source: The recorded chunks.
  /// - Throws: ``WorkerError`` when the configuration is not valid.
  package convenience init(
    configuration: WorkerConfiguration,
    logger: Logger,
    replaying source: ReplaySource
  ) throws(WorkerError) {
    try self.init(configuration, logger, isReplay: true) { _, _ in ReplayLane(source: source) }
  }
}
