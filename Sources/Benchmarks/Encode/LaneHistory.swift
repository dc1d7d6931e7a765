package import APITypes

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What one lane did in a run, as far as the coordinator's records tell.
package struct LaneHistory: Sendable, Hashable {
  /// A chunk in a lane's time, in seconds since the first lease.
  package struct Chunk: Sendable, Hashable {
    /// The chunk's index.
    package var chunk: Int
    /// When the lane began with it: with the lease, or when it had computed the one before.
    package var start: Double
    /// When the lane had computed it.
    package var computed: Double
    /// When it was committed.
    package var end: Double

    /// A chunk's times.
    package init(chunk: Int, start: Double, computed: Double, end: Double) {
      self.chunk = chunk
      self.start = start
      self.computed = computed
      self.end = end
    }
  }

  /// The worker's name, with the lane's number where it has several.
  package let name: String
  /// Its chunks in order.
  package let chunks: [Chunk]

  /// Sorts a run's chunks into lanes.
  ///
  /// Records name workers, not lanes: each chunk goes to the lane of its worker that was free first.
  ///
  /// - Parameters:
  ///   - timeline: The run.
  ///   - lanesPerWorker: Lanes of each worker.
  /// - Returns: Lanes with a chunk at least, by worker and number.
  package static func lanes(of timeline: DocumentTimeline, lanesPerWorker: Int) -> [LaneHistory] {
    var spans: [String: [ChunkSpan]] = [:]
    for span in timeline.chunks { spans[span.worker, default: []].append(span) }
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
  /// A power.
  func raised(to exponent: Double) -> Double { pow(self, exponent) }
}
