/// The limits that the cluster's decisions keep to.
package struct ClusterLimits: Hashable, Sendable {
  /// The most bytes of memory of unfinished transfers; a single larger one is let through.
  package var transferBudgetBytes: Int
  /// The time for which a transfer that finds no memory waits before its worker is told to ask again, and for
  /// which its place is kept then.
  package var admissionWait: Duration
  /// The sizes of frames that a transfer may be announced with.
  package var frames: FrameSizes

  /// Sets the limits.
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

  /// Sets the sizes.
  package init(bytes: ClosedRange<Int>, granularity: Int) {
    self.bytes = bytes
    self.granularity = max(1, granularity)
  }

  /// Whether a frame of this size is allowed.
  package func contains(_ count: Int) -> Bool { bytes.contains(count) && count % granularity == 0 }
}
