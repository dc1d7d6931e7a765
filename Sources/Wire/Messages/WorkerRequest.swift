/// A message of a worker on the control socket.
public enum WorkerRequest: Hashable, Sendable {
  /// The worker wants to work for this coordinator.
  case register(RegisterRequest)
  /// The worker wants a chunk.
  case lease(LeaseRequest)
  /// The worker lives, and says how far it is.
  case heartbeat(HeartbeatRequest)
  /// The worker gives a lease back.
  case fail(FailRequest)
  /// The worker leaves.
  case bye(ByeRequest)
}

/// The question for a chunk.
public struct LeaseRequest: Hashable, Sendable {
  /// The session that the registration gave.
  public var session: UInt64
  /// The time that the coordinator may wait for work before it answers ``LeaseReply/nothing``; in milliseconds on
  /// the wire.
  public var wait: Duration

  /// Makes a question.
  public init(session: UInt64, wait: Duration) {
    self.session = session
    self.wait = wait
  }
}

/// The news that a lease cannot be finished.
public struct FailRequest: Hashable, Sendable {
  /// The session that the registration gave.
  public var session: UInt64
  /// The fencing token of the lease.
  public var token: UInt64
  /// The cause, in one sentence.
  public var reason: String

  /// Gives a lease back.
  public init(session: UInt64, token: UInt64, reason: String) {
    self.session = session
    self.token = token
    self.reason = reason
  }
}

/// The news that a worker leaves.
public struct ByeRequest: Hashable, Sendable {
  /// The session that ends.
  public var session: UInt64

  /// Ends a session.
  public init(session: UInt64) { self.session = session }
}
