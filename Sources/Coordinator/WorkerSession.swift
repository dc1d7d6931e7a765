internal import KVFormat
internal import NNG
internal import Scheduling

/// What the hub keeps about one registered worker beside the scheduler's figures.
struct WorkerSession: Sendable {
  /// What a worker says of itself when it registers.
  struct Registration: Hashable, Sendable {
    var name: String
    var incarnation: UInt64
    var lanes: Int
    var compute: String
    /// Whether it sends what was recorded instead of computing.
    var isReplay = false
    /// The codecs it can send besides the plain one.
    var codecs: [KVCodec] = []
  }

  let id: WorkerID
  /// The short name shown to people.
  let label: String
  let registration: Registration
  let pipe: PipeID
  let address: String
  var isDraining = false
  var lastHeard: Instant
  var chunks = 0
  var tokens = 0
  /// Leases that came to nothing.
  var failures = 0
  var link = LinkEstimate()
  private var leases = 0
  private var activeSince: Instant?
  private var activeSeconds = 0.0

  init(
    id: WorkerID,
    label: String,
    registration: Registration,
    pipe: PipeID,
    address: String,
    at now: Instant
  ) {
    self.id = id
    self.label = label
    self.registration = registration
    self.pipe = pipe
    self.address = address
    self.lastHeard = now
  }

  /// Notes how many leases the worker holds, which is what its active time is counted by.
  mutating func note(leases count: Int, at now: Instant) {
    if leases == 0, count > 0 { activeSince = now }
    if leases > 0, count == 0, let since = activeSince {
      activeSeconds += since.seconds(to: now)
      activeSince = nil
    }
    leases = count
  }

  /// The codec for its next chunk: the plain one where it does not know the one that is wanted.
  func codec(for choice: CodecChoice) -> KVCodec {
    let wanted =
      switch choice {
      case .fixed(let codec): codec
      case .auto: link.prefersCoding ? KVCodec.int8 : .bf16
      }
    return registration.codecs.contains(wanted) ? wanted : .bf16
  }

  /// The session as shown to people.
  func snapshot(state: WorkerSnapshot.State, at now: Instant) -> WorkerSnapshot {
    let seconds = activeSeconds + (activeSince?.seconds(to: now) ?? 0)
    return WorkerSnapshot(
      id: label,
      name: registration.name,
      address: address,
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
  var seconds: Double { Double(nanoseconds) * 1e-9 }

  /// The seconds from here to a later point.
  func seconds(to other: Instant) -> Double {
    let (seconds, attoseconds) = duration(to: other).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
