/// A message of a worker on the control socket.
public enum WorkerRequest: Hashable, Sendable {
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
public struct LeaseRequest: Hashable, Sendable {
  /// The session that the registration gave.
  public var session: UInt64
  /// The time that the coordinator may wait for work before it answers ``LeaseReply/nothing``; in milliseconds on
  /// the wire.
  public var wait: Duration

  public init(session: UInt64, wait: Duration) {
    self.session = session
    self.wait = wait
  }
}

/// The message that a lease cannot be finished.
public struct FailRequest: Hashable, Sendable {
  /// The session that the registration gave.
  public var session: UInt64
  /// The fencing token of the lease.
  public var token: UInt64
  /// The cause, in one sentence.
  public var reason: String

  public init(session: UInt64, token: UInt64, reason: String) {
    self.session = session
    self.token = token
    self.reason = reason
  }
}

/// The message that a worker leaves.
public struct ByeRequest: Hashable, Sendable {
  /// The session that ends.
  public var session: UInt64

  /// Makes the message of the session that ends.
  public init(session: UInt64) { self.session = session }
}
