public import Addresses
internal import Cluster
public import Scheduling
public import Wire

/// The addresses, limits and times of a ``WorkerHub``.
public struct HubConfiguration: Sendable {
  /// Where workers dial, for leases and chunks alike; port 0 takes a free one.
  public var listen: CoordinatorAddress
  /// Whether a gate stands before libnng. Without it anybody who reaches a port can end it for all: for
  /// measurements only.
  public var isGated: Bool
  /// The most connections of workers at a time; a worker has two.
  public var maximumConnections: Int
  /// A port of its own that workers are told to send chunks to, on the host that they dialled; nil for the one
  /// that they dialled.
  public var bulkPort: UInt16?
  /// What a worker must agree with.
  public var identity: ModelIdentity
  /// The secret that workers must show; nil asks for none.
  public var workerToken: String?
  /// The scheduler's figures, with the heartbeat period among them.
  public var policy: SchedulingPolicy
  /// The most bytes of one chunk's KV and its summary.
  public var maximumChunkBytes: Int
  /// The most bytes of unfinished transfers in memory.
  public var transferBudgetBytes: Int
  /// The most bytes of blocks that are kept for later chunks once nobody holds them any more.
  public var keptBlockBytes: Int
  /// The most payload bytes in one frame.
  public var maximumFrameBytes: Int
  /// How long a worker that asks for a chunk is kept waiting at most.
  public var longestPoll: Duration
  /// How long a transfer that finds no room waits for it before its worker is told to ask again.
  public var admissionWait: Duration
  /// When a worker whose transfer has found no room is to ask again.
  public var deferral: Duration
  /// How long handing a reply to a connection may take.
  public var replyTimeout: Duration
  /// How long a shutdown waits for the workers.
  public var shutdownGrace: Duration
  /// How long a worker that is gone is still shown.
  public var shownAfterLoss: Duration
  /// The requests taken in at once on the control port; waiting polls do not count.
  public var controlReceivers: Int
  /// The requests taken in at once on the bulk port.
  public var bulkReceivers: Int

  /// Configures a hub with the usual limits and times.
  ///
  /// - Parameters:
  ///   - listen: Where workers dial.
  ///   - identity: What a worker must agree with.
  ///   - workerToken: The secret that workers must show; nil asks for none.
  public init(
    listen: CoordinatorAddress,
    identity: ModelIdentity,
    workerToken: String? = nil
  ) {
    self.listen = listen
    isGated = true
    maximumConnections = 2048
    self.identity = identity
    self.workerToken = workerToken
    policy = SchedulingPolicy()
    maximumChunkBytes = 4 << 30
    transferBudgetBytes = ClusterFigures.usual.transferBudgetBytes
    keptBlockBytes = 256 << 20
    maximumFrameBytes = 4 << 20
    longestPoll = ClusterFigures.usual.longestPoll
    admissionWait = ClusterFigures.usual.admissionWait
    deferral = ClusterFigures.usual.deferral
    replyTimeout = .seconds(5)
    shutdownGrace = .seconds(10)
    shownAfterLoss = .seconds(60)
    controlReceivers = 16
    bulkReceivers = 8
  }

  /// The limits of the cluster's decisions.
  var clusterLimits: ClusterLimits {
    ClusterLimits(
      transferBudgetBytes: transferBudgetBytes,
      admissionWait: admissionWait,
      frames: FrameSizes(
        bytes: WireProtocol.frameBytes
          .lowerBound...max(WireProtocol.frameBytes.lowerBound, maximumFrameBytes),
        granularity: WireProtocol.frameGranularity
      )
    )
  }

  /// The most memory that the hub takes for chunks on their way in: unfinished transfers, blocks kept for
  /// later ones, and for every connection and every receiver a frame that was received and not yet stored.
  /// Committed chunks belong to whoever takes the job's events.
  ///
  /// - Parameter workers: How many workers are connected.
  /// - Returns: The limit in bytes.
  public func memoryBudgetBytes(workers: Int) -> Int {
    transferBudgetBytes + keptBlockBytes + (workers + bulkReceivers) * maximumFrameBytes
  }
}
