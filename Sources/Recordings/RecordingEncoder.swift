internal import KVFormat
internal import Wire
package import Worker

/// An encoder that also records its chunks: the KV cache and summary of each, and the time of each layer.
///
/// The bytes are recorded when the chunk is done, so they must still be there: the worker must not code them
/// in place.
package final class RecordingEncoder: LaneEncoder {
  private let encoder: any LaneEncoder
  private let folder: RecordingFolder

  /// Makes an encoder that records the work of another.
  ///
  /// - Parameters:
  ///   - encoder: The encoder that does the work.
  ///   - folder: The folder for the recordings.
  package init(_ encoder: any LaneEncoder, into folder: RecordingFolder) {
    self.encoder = encoder
    self.folder = folder
  }

  /// Encodes a chunk with the other encoder, then records it.
  package func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport {
    let start = ContinuousClock.now
    var marks: [(bytes: Int, seconds: Double)] = []
    let report = try encoder.encode(
      assignment,
      into: destination,
      ready: { bytes in
        marks.append((bytes, (ContinuousClock.now - start) / .seconds(1)))
        ready(bytes)
      },
      isCancelled: isCancelled
    )
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var end = 0
    let layerSeconds = folder.layerByteCounts(of: assignment).map { bytes in
      end += bytes
      return marks.first { $0.bytes >= end }?.seconds ?? seconds
    }
    try folder.write(
      assignment,
      bytes: UnsafeRawBufferPointer(destination),
      report: report,
      layerSeconds: layerSeconds
    )
    return report
  }
}
