internal import Tables

/// A replay in numbers.
package struct ReplayDescription: Hashable, Sendable {
  /// The number of workers.
  package var workers: Int
  /// The lanes of each.
  package var lanes: Int
  /// The number of recorded chunks.
  package var chunks: Int
  /// Their bytes.
  package var bytes: Int
  /// The factor that recorded times are multiplied by.
  package var timeFactor: Double
  /// True if another chunk of the same length stands in for one that was not recorded.
  package var takesStandIns: Bool

  /// A description from its parts.
  package init(
    workers: Int,
    lanes: Int,
    chunks: Int,
    bytes: Int,
    timeFactor: Double,
    takesStandIns: Bool
  ) {
    self.workers = workers
    self.lanes = lanes
    self.chunks = chunks
    self.bytes = bytes
    self.timeFactor = timeFactor
    self.takesStandIns = takesStandIns
  }

  /// A line for people about workers that can begin.
  ///
  /// - Parameter seconds: The time that it took to make them.
  /// - Returns: The line.
  package func line(readyAfter seconds: Double) -> String {
    let size = "\(Quantities.counted(workers, "worker")) with \(Quantities.counted(lanes, "lane")) each"
    return
      "REPLAY ready in \(Quantities.seconds(seconds)): \(size) send \(Quantities.counted(chunks, "recorded chunk"))"
      + " (\(Quantities.bytes(bytes))) at \(Quantities.decimal(timeFactor, places: 2)) times the recorded"
      + " time and compute nothing\(takesStandIns ? "; stand-ins for what was not recorded" : "")"
  }
}
