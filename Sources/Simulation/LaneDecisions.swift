/// What one lane of a worker does next.
///
/// The worker's own schedule stands behind it: a simulated lane decides as a real one does, and this target
/// knows nothing of the sockets around that.
package protocol LaneDecisions: Sendable {
  /// Begins with free slots.
  ///
  /// - Parameter slots: How many chunks may be in memory at once.
  init(slots: Int)
  /// The ready bytes from which on a chunk of `total` bytes is almost done.
  static func nearEnd(of total: Int) -> Int
  /// What to start now.
  mutating func steps() -> [LaneStep]
  /// The lease that was asked for has come.
  mutating func granted(slot: Int)
  /// The chunk is almost computed.
  mutating func nearEnd(slot: Int)
  /// The lane is free of the chunk.
  mutating func computed(slot: Int)
  /// The chunk is delivered, or not wanted.
  mutating func sent(slot: Int)
}

/// Something that a lane starts.
package enum LaneStep: Hashable, Sendable {
  /// Ask for a lease to fill this slot.
  case ask(slot: Int)
  /// Compute and send the chunk of this slot.
  case run(slot: Int)
}
