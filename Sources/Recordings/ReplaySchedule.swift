package import Worker

/// The times at which the bytes of a recorded chunk become ready: a value without clocks.
package struct ReplaySchedule: Hashable, Sendable {
  /// The end of a layer.
  package struct Mark: Hashable, Sendable {
    /// The time since the start of the chunk.
    package let time: Duration
    /// The bytes that are final from then on, counted from the front.
    package let readyBytes: Int
  }

  /// The longest wait, in seconds: longer than any computation, and far from what a clock can count.
  private static let longest = 1e9

  /// The marks in order; the last one has all bytes.
  package let marks: [Mark]
  /// The encoder's report at the end.
  package let report: EncodeReport

  /// Plans the replay of a chunk.
  ///
  /// - Parameters:
  ///   - recording: The chunk.
  ///   - factor: The factor of recorded times; 0 waits for nothing.
  package init(_ recording: ChunkRecording, factor: Double) {
    let scale = factor.isFinite ? max(0, factor) : 1
    report = EncodeReport(
      computeSeconds: min(recording.report.computeSeconds * scale, Self.longest),
      sinkDigest: recording.report.sinkDigest
    )
    let last = recording.layers.count - 1
    marks = recording.layers.enumerated().map { index, layer in
      Mark(
        time: .seconds(min(layer.seconds * scale, Self.longest)),
        readyBytes: index == last
          ? recording.assignment.byteCount : recording.end(ofLayer: index)
      )
    }
  }
}
