/// The heartbeat of a worker.
public struct HeartbeatRequest: Hashable, Sendable {
  /// The session that the registration gave.
  public var session: UInt64
  /// The leases that the worker holds.
  public var running: [RunningLease]
  /// True if the worker takes no more leases and leaves when these are done.
  public var draining: Bool

  public init(session: UInt64, running: [RunningLease] = [], draining: Bool = false) {
    self.session = session
    self.running = running
    self.draining = draining
  }
}

/// The state of a lease that a worker holds.
public struct RunningLease: Hashable, Sendable {
  /// The fencing token of the lease.
  public var token: UInt64
  /// The bytes computed so far.
  public var bytesReady: Int

  public init(token: UInt64, bytesReady: Int = 0) {
    self.token = token
    self.bytesReady = bytesReady
  }
}
