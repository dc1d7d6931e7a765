package import APITypes
package import Cluster

/// The timeline of one document, built as its chunks arrive.
package struct TimelineTally: Sendable {
  private var timeline = DocumentTimeline()

  package init() {}

  /// Counts a lease that failed.
  package mutating func retried() { timeline.retries += 1 }

  /// Notes that every chunk is committed.
  package mutating func finished(copies: Int) { timeline.copies = copies }

  /// Adds a committed chunk.
  ///
  /// - Parameters:
  ///   - chunk: Its index.
  ///   - tokens: Its length in tokens.
  ///   - leadTokens: The tokens before it that were computed and not kept.
  ///   - report: The report that came with it.
  package mutating func committed(_ chunk: Int, tokens: Int, leadTokens: Int, report: ChunkReport) {
    timeline.chunks.append(
      ChunkSpan(
        chunk: chunk,
        worker: report.worker,
        attempt: report.attempt,
        tokens: tokens,
        leadTokens: leadTokens,
        leasedSeconds: report.leasedAt,
        committedSeconds: report.committedAt,
        computeSeconds: report.computeSeconds,
        wireSeconds: report.wireSeconds
      )
    )
  }

  /// The timeline, its times counted from the first lease of these chunks.
  package var value: DocumentTimeline {
    var value = timeline
    let first = value.chunks.map(\.leasedSeconds).min() ?? 0
    for index in value.chunks.indices {
      value.chunks[index].leasedSeconds -= first
      value.chunks[index].committedSeconds -= first
    }
    return value
  }
}
