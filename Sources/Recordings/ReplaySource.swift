internal import Worker

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
