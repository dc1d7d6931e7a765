/// The sizes and times that govern the messages between a coordinator and its workers, as far as a simulation
/// needs them.
package struct ClusterFigures: Hashable, Sendable {
  /// Payload bytes of a frame.
  package var frameBytes: Int
  /// The most frames of a chunk under way at once.
  package var framesUnderWay: Int
  /// The most chunks of a lane in memory at once: one is computed while the former is still being sent.
  package var laneSlots: Int
  /// The most bytes of unfinished transfers in the coordinator's memory.
  package var transferBudgetBytes: Int
  /// The longest time for which a transfer waits for memory before its worker is told to ask again.
  package var admissionWait: Duration
  /// The pause of a worker that was told to ask again.
  package var deferral: Duration
  /// The longest time for which a worker's request for a lease waits at the coordinator.
  package var longestPoll: Duration

  /// The programs' defaults.
  package static let usual = ClusterFigures()

  /// Makes figures, the programs' defaults unless given. Counts below 1 become 1.
  package init(
    frameBytes: Int = 2 << 20,
    framesUnderWay: Int = 2,
    laneSlots: Int = 2,
    transferBudgetBytes: Int = 512 << 20,
    admissionWait: Duration = .seconds(2),
    deferral: Duration = .milliseconds(20),
    longestPoll: Duration = .seconds(20)
  ) {
    self.frameBytes = max(1, frameBytes)
    self.framesUnderWay = max(1, framesUnderWay)
    self.laneSlots = max(1, laneSlots)
    self.transferBudgetBytes = transferBudgetBytes
    self.admissionWait = admissionWait
    self.deferral = deferral
    self.longestPoll = longestPoll
  }
}
