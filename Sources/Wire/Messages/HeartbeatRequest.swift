/// The heartbeat of a worker.
package struct HeartbeatRequest: Hashable, Sendable {
  /// The session that the registration gave.
  package var session: UInt64
  /// The leases that the worker holds.
  package var running: [RunningLease]
  /// True if the worker takes no more leases and leaves when these are done.
  package var draining: Bool

  package init(session: UInt64, running: [RunningLease] = [], draining: Bool = false) {
    self.session = session
    self.running = running
    self.draining = draining
  }
}

/// The state of a lease that a worker holds.
package struct RunningLease: Hashable, Sendable {
  /// The fencing token of the lease.
  package var token: UInt64
  /// The bytes computed so far.
  package var bytesReady: Int

  package init(token: UInt64, bytesReady: Int = 0) {
    self.token = token
    self.bytesReady = bytesReady
  }
}
