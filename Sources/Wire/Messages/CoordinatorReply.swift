/// An answer of the coordinator on the control socket.
package enum CoordinatorReply: Hashable, Sendable {
  /// To a registration: the worker is accepted.
  case registered(Registered)
  /// To anything: the worker is not accepted, or its request cannot be read.
  case refused(Refusal)
  /// To a request for a lease.
  case lease(LeaseReply)
  /// To a heartbeat, and to a lease that is given back.
  case directives(Directives)
  /// To a goodbye.
  case bye
  /// To anything: the session is not, or no longer, known; the worker must register again.
  case reregister
}

/// The terms on which a worker is accepted.
package struct Registered: Hashable, Sendable {
  /// The session, which goes into every further request.
  package var session: UInt64
  /// The time between two heartbeats; in milliseconds on the wire.
  package var heartbeatPeriod: Duration
  /// The most payload bytes of a frame: the smaller of both sides' limits.
  package var maxFrameBytes: Int
  /// The port of the bulk socket, on the host of the control socket; 0 for the port that was dialled.
  package var bulkPort: UInt16

  package init(session: UInt64, heartbeatPeriod: Duration, maxFrameBytes: Int, bulkPort: UInt16 = 0) {
    self.session = session
    self.heartbeatPeriod = heartbeatPeriod
    self.maxFrameBytes = maxFrameBytes
    self.bulkPort = bulkPort
  }
}

/// The answer to a request for a lease.
package enum LeaseReply: Hashable, Sendable {
  /// Encode this chunk.
  case granted(LeaseGrant)
  /// There is nothing to do now: ask again.
  case nothing
  /// There will be nothing more: finish the leases in hand, say goodbye, leave.
  case drain
}

/// The coordinator's instructions for the work in hand.
package struct Directives: Hashable, Sendable {
  /// The tokens of the leases to drop.
  package var cancelled: [UInt64]
  /// True if the worker is to finish the leases in hand, say goodbye and leave.
  package var drain: Bool

  package init(cancelled: [UInt64] = [], drain: Bool = false) {
    self.cancelled = cancelled
    self.drain = drain
  }
}
