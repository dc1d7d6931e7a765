internal import Worker

/// The source of a replaying worker's chunks.
package struct ReplaySource: Sendable {
  /// The recorded chunks.
  package let library: RecordingLibrary
  /// True if another chunk of the same length stands in for one that was not recorded.
  package let takesStandIns: Bool
  /// The factor of recorded times; 0 waits for nothing.
  package let timeFactor: Double

  package init(_ library: RecordingLibrary, takesStandIns: Bool = false, timeFactor: Double = 1) {
    self.library = library
    self.takesStandIns = takesStandIns
    self.timeFactor = timeFactor
  }

  func chunk(for assignment: ChunkAssignment) throws(RecordingError) -> RecordingLibrary.Chunk {
    try library.chunk(for: assignment, orStandIn: takesStandIns)
  }
}
