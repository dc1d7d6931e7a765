internal import KVFormat
internal import Wire
public import Worker

/// An encoder that also writes down what it does: each chunk's KV cache and summary, and the time of each of its
/// layers.
///
/// The bytes are written when the chunk is done, so they must still be there: what it records for is not to code
/// them in their place.
public final class RecordingEncoder: LaneEncoder {
  private let encoder: any LaneEncoder
  private let folder: RecordingFolder

  /// Records what another encoder does.
  ///
  /// - Parameters:
  ///   - encoder: What encodes.
  ///   - folder: Where chunks are recorded.
  public init(_ encoder: any LaneEncoder, into folder: RecordingFolder) {
    self.encoder = encoder
    self.folder = folder
  }

  public func encode(
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
    let layers = max(1, folder.model.identity.shape.layers)
    let layerSeconds = (1...layers).map { layer in
      marks.first { $0.bytes >= assignment.kvByteCount / layers * layer }?.seconds ?? seconds
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
