package import APITypes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The chunks that one lane encoded in a run, reconstructed from the coordinator's records.
package struct LaneHistory: Sendable, Hashable {
  /// A chunk and its times on a lane, in seconds since the first lease.
  package struct Chunk: Sendable, Hashable {
    /// The chunk's index.
    package var chunk: Int
    /// The time at which the lane began with it: the latest of the lease, the end of the previous chunk's
    /// computation, and ``computed`` minus the seconds of computing.
    package var start: Double
    /// The time at which its computation ended.
    package var computed: Double
    /// The time at which it was committed.
    package var end: Double

    package init(chunk: Int, start: Double, computed: Double, end: Double) {
      self.chunk = chunk
      self.start = start
      self.computed = computed
      self.end = end
    }
  }

  /// The worker's name, followed by the lane's number if the worker has several lanes.
  package let name: String
  /// The lane's chunks, in order of computation.
  package let chunks: [Chunk]

  /// Assigns a run's chunks to lanes.
  ///
  /// Records name workers, not lanes: each chunk is assigned to the lane of its worker that was free first.
  ///
  /// - Parameters:
  ///   - timeline: The coordinator's records of the run.
  ///   - lanesPerWorker: The number of lanes of each worker.
  /// - Returns: The lanes that have at least one chunk, by worker and number.
  package static func lanes(of timeline: DocumentTimeline, lanesPerWorker: Int) -> [LaneHistory] {
    var spans: [String: [ChunkSpan]] = [:]
    for span in timeline.chunks { spans[span.worker, default: []].append(span) }
    // Shorter names first, so that w10 follows w9.
    let workers = spans.keys.sorted { ($0.count, $0) < ($1.count, $1) }
    return workers.flatMap { worker in
      var lanes = [[Chunk]](repeating: [], count: max(1, lanesPerWorker))
      for span in (spans[worker] ?? []).sorted(by: { computed($0) < computed($1) }) {
        let free = lanes.indices.min { end(lanes[$0]) < end(lanes[$1]) } ?? 0
        let computed = computed(span)
        let start = min(computed, max(span.leasedSeconds, end(lanes[free]), computed - span.computeSeconds))
        lanes[free].append(
          Chunk(
            chunk: span.chunk,
            start: start,
            computed: computed,
            end: max(computed, span.committedSeconds)
          )
        )
      }
      return lanes.enumerated().filter { !$0.element.isEmpty }.map { index, chunks in
        LaneHistory(name: lanesPerWorker > 1 ? "\(worker).\(index + 1)" : worker, chunks: chunks)
      }
    }
  }

  private static func computed(_ span: ChunkSpan) -> Double {
    max(span.leasedSeconds, span.committedSeconds - span.wireSeconds)
  }

  private static func end(_ chunks: [Chunk]) -> Double { chunks.last?.computed ?? 0 }
}

extension Double {
  /// Returns this number to the power of `exponent`.
  func raised(to exponent: Double) -> Double { pow(self, exponent) }
}
