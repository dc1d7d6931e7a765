/// The limits on the cluster's decisions.
package struct ClusterLimits: Hashable, Sendable {
  /// The most bytes of unfinished transfers in memory; a single larger transfer is let through.
  package var transferBudgetBytes: Int
  /// The longest time for which a transfer waits for memory before its worker is told to ask again, and for
  /// which its place is kept afterwards.
  package var admissionWait: Duration
  /// The frame sizes that a worker may announce.
  package var frames: FrameSizes

  package init(
    transferBudgetBytes: Int,
    admissionWait: Duration = .seconds(2),
    frames: FrameSizes = FrameSizes(bytes: 1...Int.max, granularity: 1)
  ) {
    self.transferBudgetBytes = transferBudgetBytes
    self.admissionWait = admissionWait
    self.frames = frames
  }
}

/// The sizes that a frame of a transfer may have: all multiples of a granularity within a range.
package struct FrameSizes: Hashable, Sendable {
  /// The least and the most payload bytes.
  package let bytes: ClosedRange<Int>
  /// The number of bytes that the payload is a multiple of, 1 or more.
  package let granularity: Int

  /// Makes limits; a granularity below 1 counts as 1.
  package init(bytes: ClosedRange<Int>, granularity: Int) {
    self.bytes = bytes
    self.granularity = max(1, granularity)
  }

  /// Returns true if a frame of this size is allowed.
  package func contains(_ count: Int) -> Bool { bytes.contains(count) && count % granularity == 0 }
}
