/// A message of a worker on the control socket.
package enum WorkerRequest: Hashable, Sendable {
  /// The worker asks to work for this coordinator.
  case register(RegisterRequest)
  /// The worker asks for a lease.
  case lease(LeaseRequest)
  /// The worker is alive, and names its leases and their progress.
  case heartbeat(HeartbeatRequest)
  /// The worker gives a lease back.
  case fail(FailRequest)
  /// The worker leaves.
  case bye(ByeRequest)
}

/// The request for a lease.
package struct LeaseRequest: Hashable, Sendable {
  /// The session that the registration gave.
  package var session: UInt64
  /// The time that the coordinator may wait for work before it answers ``LeaseReply/nothing``; in milliseconds on
  /// the wire.
  package var wait: Duration

  package init(session: UInt64, wait: Duration) {
    self.session = session
    self.wait = wait
  }
}

/// The message that a lease cannot be finished.
package struct FailRequest: Hashable, Sendable {
  /// The session that the registration gave.
  package var session: UInt64
  /// The fencing token of the lease.
  package var token: UInt64
  /// The cause, in one sentence.
  package var reason: String

  package init(session: UInt64, token: UInt64, reason: String) {
    self.session = session
    self.token = token
    self.reason = reason
  }
}

/// The message that a worker leaves.
package struct ByeRequest: Hashable, Sendable {
  /// The session that ends.
  package var session: UInt64

  /// Makes the message of the session that ends.
  package init(session: UInt64) { self.session = session }
}
