/// The sizes and times by which a coordinator and its workers deal with each other, as far as a simulation of them
/// has to know.
public struct ClusterFigures: Hashable, Sendable {
  /// Payload bytes of a frame.
  public var frameBytes: Int
  /// The most frames of a chunk under way at once.
  public var framesUnderWay: Int
  /// The most chunks of a lane in memory at once: one is computed while the former is still being sent.
  public var laneSlots: Int
  /// The most bytes of unfinished transfers in the coordinator's memory.
  public var transferBudgetBytes: Int
  /// The time for which a transfer that finds no memory waits before its worker is told to ask again.
  public var admissionWait: Duration
  /// The time after which the worker asks again then.
  public var deferral: Duration
  /// The longest time for which a worker that asks for a chunk is kept waiting.
  public var longestPoll: Duration

  /// The figures of the programs unless told otherwise.
  public static let usual = ClusterFigures()

  /// Sets figures; those left out are the usual ones. Counts below 1 become 1.
  public init(
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
