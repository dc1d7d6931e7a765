/// When which bytes of a recorded chunk become ready: a value without clocks.
package struct ReplaySchedule: Hashable, Sendable {
  /// The end of a layer.
  package struct Mark: Hashable, Sendable {
    /// From the start of the chunk.
    package let time: Duration
    /// The bytes that are final from then on, counted from the front.
    package let readyBytes: Int
  }

  /// The marks in order; the last one has all bytes.
  package let marks: [Mark]
  /// What the encoder says at the end.
  package let report: EncodeReport

  /// Plans the replay of a chunk.
  ///
  /// - Parameters:
  ///   - recording: The chunk.
  ///   - factor: What recorded times are multiplied by; 0 waits for nothing.
  package init(_ recording: ChunkRecording, factor: Double) {
    let scale = factor.isFinite ? max(0, factor) : 1
    report = EncodeReport(
      computeSeconds: recording.report.computeSeconds * scale,
      sinkDigest: recording.report.sinkDigest
    )
    let last = recording.layers.count - 1
    marks = recording.layers.enumerated().map { index, layer in
      Mark(
        time: .seconds(layer.seconds * scale),
        readyBytes: index == last
          ? recording.assignment.byteCount : (index + 1) * recording.layerByteCount
      )
    }
  }
}
