public import Scheduling
public import Wire

/// The addresses, limits and times of a ``WorkerHub``.
public struct HubConfiguration: Sendable {
  /// Where workers dial.
  public var listen: String
  /// Where chunks are sent; nil takes the port after that of ``listen``, or a free one when that is 0.
  public var bulkListen: String?
  /// The bulk port told to workers when they reach it under another number, such as through a forwarded port;
  /// nil tells the real one.
  public var advertisedBulkPort: UInt16?
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
  ///   - listen: Where workers dial, such as `tcp://127.0.0.1:7700`; port 0 takes a free one.
  ///   - identity: What a worker must agree with.
  ///   - workerToken: The secret that workers must show; nil asks for none.
  public init(
    listen: String = "tcp://127.0.0.1:7700",
    identity: ModelIdentity,
    workerToken: String? = nil
  ) {
    self.listen = listen
    self.identity = identity
    self.workerToken = workerToken
    policy = SchedulingPolicy()
    maximumChunkBytes = 4 << 30
    transferBudgetBytes = 512 << 20
    keptBlockBytes = 256 << 20
    maximumFrameBytes = 4 << 20
    longestPoll = .seconds(20)
    admissionWait = .seconds(2)
    deferral = .milliseconds(20)
    replyTimeout = .seconds(5)
    shutdownGrace = .seconds(10)
    shownAfterLoss = .seconds(60)
    controlReceivers = 16
    bulkReceivers = 8
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

  /// The address of the bulk port, given that of the control port.
  func bulkAddress(besides bound: String) -> String {
    if let bulkListen { return bulkListen }
    if WireProtocol.localSchemes.contains(where: bound.hasPrefix) {
      return bound + WireProtocol.localBulkSuffix
    }
    guard let port = Self.port(of: bound), let colon = bound.lastIndex(of: ":") else { return bound }
    // A free control port was asked for: the one after it may be taken.
    let next = Self.port(of: listen) == 0 || port == UInt16.max ? 0 : port + 1
    return bound[...colon] + String(next)
  }

  /// The port of an address such as `tcp://127.0.0.1:7700`.
  static func port(of address: String) -> UInt16? {
    address.lastIndex(of: ":").flatMap { UInt16(address[address.index(after: $0)...]) }
  }
}
