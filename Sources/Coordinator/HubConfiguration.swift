package import Addresses
internal import Cluster
package import Scheduling
package import Wire

/// The addresses, limits and times of a ``WorkerHub``.
package struct HubConfiguration: Sendable {
  /// The address that workers dial, for leases and chunks alike; port 0 takes a free one.
  package var listen: CoordinatorAddress
  /// True if a gate protects libnng. Without it anybody who reaches a port can end it for all, so only
  /// measurements do without.
  package var isGated: Bool
  /// The most connections of workers at a time; a worker has two.
  package var maximumConnections: Int
  /// The port to which workers are told to send chunks, on the host that they dialled; nil for the port that
  /// they dialled.
  package var bulkPort: UInt16?
  /// The identities of the models, in the order of their ``ModelIndex``. Workers must have one of them.
  package var identities: [ModelIdentity]
  /// The secret that workers must show; nil asks for none.
  package var workerToken: String?
  /// The scheduler's limits and periods, the heartbeat period among them.
  package var policy: SchedulingPolicy
  /// The most bytes of one chunk's KV and its summary.
  package var maximumChunkBytes: Int
  /// The most bytes of unfinished transfers in memory.
  package var transferBudgetBytes: Int
  /// The most bytes of free blocks that are kept for later chunks.
  package var keptBlockBytes: Int
  /// The most payload bytes in one frame.
  package var maximumFrameBytes: Int
  /// The longest time for which a worker's request for a lease waits.
  package var longestPoll: Duration
  /// The longest time for which a transfer waits for memory before its worker is told to ask again.
  package var admissionWait: Duration
  /// The pause of a worker that was told to ask again.
  package var deferral: Duration
  /// The longest time for handing a reply to a connection.
  package var replyTimeout: Duration
  /// The longest time for which a shutdown waits for the workers.
  package var shutdownGrace: Duration
  /// The time for which a departed worker is still shown.
  package var shownAfterLoss: Duration
  /// The number of requests handled at once on the control port; waiting polls do not count.
  package var controlReceivers: Int
  /// The number of requests handled at once on the bulk port.
  package var bulkReceivers: Int

  /// Makes a configuration with the default limits and times.
  ///
  /// - Parameters:
  ///   - listen: The address that workers dial.
  ///   - identities: The identities of the models.
  ///   - workerToken: The secret that workers must show; nil asks for none.
  package init(
    listen: CoordinatorAddress,
    identities: [ModelIdentity],
    workerToken: String? = nil
  ) {
    self.listen = listen
    isGated = true
    maximumConnections = 2048
    self.identities = identities
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

  /// The limits on the cluster's decisions.
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

  /// Returns the most memory that the hub takes for incoming chunks: unfinished transfers, blocks kept for
  /// later ones, and for every connection and every receiver a frame that was received and not yet stored.
  /// Committed chunks belong to the reader of the job's events.
  ///
  /// - Parameter workers: The number of connected workers.
  /// - Returns: The limit in bytes.
  package func memoryBudgetBytes(workers: Int) -> Int {
    transferBudgetBytes + keptBlockBytes + (workers + bulkReceivers) * maximumFrameBytes
  }
}
