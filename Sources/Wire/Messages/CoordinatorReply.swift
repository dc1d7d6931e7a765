/// An answer of the coordinator on the control socket.
public enum CoordinatorReply: Hashable, Sendable {
  /// To a registration: the worker is taken.
  case registered(Registered)
  /// To anything: the worker is not taken, or its request cannot be read.
  case refused(Refusal)
  /// To the question for a chunk.
  case lease(LeaseReply)
  /// To a sign of life, and to a lease that is given back.
  case directives(Directives)
  /// To a goodbye.
  case bye
  /// To anything: the session is not known (any more), the worker is to register again.
  case reregister
}

/// The terms on which a worker is taken.
public struct Registered: Hashable, Sendable {
  /// The session, which goes into every further request.
  public var session: UInt64
  /// The time between two signs of life; in milliseconds on the wire.
  public var heartbeatPeriod: Duration
  /// The most payload bytes of a frame: the smaller of both sides'.
  public var maxFrameBytes: Int
  /// The port of the bulk socket, on the host of the control socket; 0 for the one that was dialled.
  public var bulkPort: UInt16

  /// Takes a worker.
  public init(session: UInt64, heartbeatPeriod: Duration, maxFrameBytes: Int, bulkPort: UInt16 = 0) {
    self.session = session
    self.heartbeatPeriod = heartbeatPeriod
    self.maxFrameBytes = maxFrameBytes
    self.bulkPort = bulkPort
  }
}

/// The answer to the question for a chunk.
public enum LeaseReply: Hashable, Sendable {
  /// Encode this chunk.
  case granted(LeaseGrant)
  /// There is nothing to do for now: ask again.
  case nothing
  /// There will be nothing more: finish what there is, say goodbye, leave.
  case drain
}

/// The wishes of a coordinator for what is under way.
public struct Directives: Hashable, Sendable {
  /// The tokens of the leases to drop.
  public var cancelled: [UInt64]
  /// Whether the worker is to finish what there is, say goodbye and leave.
  public var drain: Bool

  /// Makes wishes, by default none.
  public init(cancelled: [UInt64] = [], drain: Bool = false) {
    self.cancelled = cancelled
    self.drain = drain
  }
}
