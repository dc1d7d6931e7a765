package import KVFormat
package import Scheduling

/// The statements of a worker about itself when it registers.
package struct WorkerRegistration: Hashable, Sendable {
  /// Its name, for people.
  package var name: String
  /// A number drawn when its process started: tells a restarted worker from a reconnected one.
  package var incarnation: UInt64
  /// The coordinator's models that it has, each with its place in the worker's own list, from 0.
  package var models: [ModelIndex: Int]
  /// Chunks that it computes at a time.
  package var lanes: Int
  /// The precision that it computes in, for people.
  package var compute: String
  /// True if it sends recorded chunks instead of computing.
  package var isReplay: Bool
  /// The codecs that it can send besides ``KVCodec/bf16``.
  package var codecs: Set<KVCodec>
  /// The most payload bytes of a frame that suit both sides.
  package var frameBytes: Int

  package init(
    name: String,
    incarnation: UInt64,
    models: [ModelIndex: Int] = [.first: 0],
    lanes: Int,
    compute: String,
    isReplay: Bool = false,
    codecs: Set<KVCodec> = [],
    frameBytes: Int = 0
  ) {
    self.name = name
    self.incarnation = incarnation
    self.models = models
    self.lanes = lanes
    self.compute = compute
    self.isReplay = isReplay
    self.codecs = codecs
    self.frameBytes = frameBytes
  }
}

/// A registered worker: one session, from its registration to its loss or goodbye.
package struct RegisteredWorker<Connection: Hashable & Sendable>: Sendable {
  /// The session's number.
  package let id: WorkerID
  /// The short name shown to people, such as `w3`.
  package let label: String
  /// The statements of the worker about itself.
  package let registration: WorkerRegistration
  /// The connection over which it registered.
  package let connection: Connection
  /// The far end of the connection, for people.
  package let address: String

  var isDraining = false
  var lastHeard: Instant
  var chunks = 0
  var tokens = 0
  /// Leases that failed.
  var failures = 0
  var link = LinkEstimate()
  private var leases = 0
  private var activeSince: Instant?
  private var activeSeconds = 0.0

  init(
    id: WorkerID,
    label: String,
    registration: WorkerRegistration,
    connection: Connection,
    address: String,
    at now: Instant
  ) {
    self.id = id
    self.label = label
    self.registration = registration
    self.connection = connection
    self.address = address
    lastHeard = now
  }

  /// Notes the number of leases that the worker holds; it is active while it holds one.
  mutating func note(leases count: Int, at now: Instant) {
    if leases == 0, count > 0 { activeSince = now }
    if leases > 0, count == 0, let since = activeSince {
      activeSeconds += since.seconds(to: now)
      activeSince = nil
    }
    leases = count
  }

  /// Returns the codec of the worker's next chunk: the plain one if it cannot send the wanted one.
  func codec(for choice: CodecChoice) -> KVCodec {
    let wanted =
      switch choice {
      case .fixed(let codec): codec
      case .auto: link.prefersCoding ? KVCodec.int8 : .bf16
      }
    return registration.codecs.contains(wanted) ? wanted : .bf16
  }

  /// Returns the session as shown to people.
  func snapshot(state: WorkerSnapshot.State, at now: Instant) -> WorkerSnapshot {
    let seconds = activeSeconds + (activeSince?.seconds(to: now) ?? 0)
    return WorkerSnapshot(
      id: label,
      name: registration.name,
      address: address,
      models: registration.models.keys.sorted(),
      lanes: registration.lanes,
      compute: registration.compute,
      isReplay: registration.isReplay,
      state: state,
      chunks: chunks,
      tokens: tokens,
      tokensPerSecond: seconds > 0 ? Double(tokens) / seconds : 0,
      leases: leases,
      failures: failures,
      secondsSinceLastSeen: lastHeard.seconds(to: now)
    )
  }
}

extension Instant {
  /// The seconds since the clock's start.
  package var seconds: Double { Double(nanoseconds) * 1e-9 }

  /// Returns the seconds from here to a later point.
  func seconds(to other: Instant) -> Double { duration(to: other) / .seconds(1) }
}
