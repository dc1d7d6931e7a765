internal import Cluster
internal import KVFormat
internal import Scheduling

typealias Cluster = ClusterState<String, String>

/// A cluster value with a clock of its own, and the log of its effects. For one task.
final class TestCluster {
  var state: Cluster
  private(set) var now = Instant(nanoseconds: 0)
  /// The answers since the last ``takeReplies()``, by the name of the request.
  private var replies: [(request: String, reply: Cluster.Reply)] = []
  private(set) var events: [JobEvent] = []
  private(set) var dropped: [LeaseToken] = []
  /// True if memory is there whenever it is asked for.
  var hasMemory = true
  /// The allocations that were asked for while ``hasMemory`` was false.
  private(set) var allocations: [Cluster.Admission] = []

  static let job = JobID(rawValue: 7)

  init(budget: Int = 1_000_000, policy: SchedulingPolicy = SchedulingPolicy()) {
    let limits = ClusterLimits(
      transferBudgetBytes: budget,
      frames: FrameSizes(bytes: 64...4096, granularity: 64)
    )
    state = Cluster(policy: policy, limits: limits)
  }

  /// Chunks of 100 bytes a token, which int8 halves.
  static func job(
    _ tokens: [Int],
    model: ModelIndex = .first,
    codec: CodecChoice = .fixed(.bf16)
  ) -> ClusterJob {
    ClusterJob(
      chunks: tokens.map {
        ClusterJob.Chunk(tokens: $0, byteCount: $0 * 100, codedByteCounts: [.int8: $0 * 50])
      },
      model: model,
      codec: codec
    )
  }

  func pass(_ duration: Duration) { now = now.advanced(by: duration) }

  func perform(_ effects: [Cluster.Effect]) {
    var wakes = 0
    for effect in effects {
      switch effect {
      case .reply(let request, let reply): replies.append((request, reply))
      case .emit(_, let event): events.append(event)
      case .drop(let token): dropped.append(token)
      case .allocate(let admission):
        if hasMemory {
          perform(state.allocated(admission.lease.token, at: now))
        } else {
          allocations.append(admission)
        }
      case .wake: wakes += 1
      case .note: break
      }
    }
    for _ in 0..<wakes { perform(state.answerWaiting(at: now)) }
  }

  func takeReplies() -> [(request: String, reply: Cluster.Reply)] {
    defer { replies.removeAll() }
    return replies
  }

  /// The answer to one request, nil while it waits.
  func reply(to request: String) -> Cluster.Reply? {
    guard let index = replies.firstIndex(where: { $0.request == request }) else { return nil }
    return replies.remove(at: index).reply
  }

  // MARK: Events

  func submit(_ job: ClusterJob, as id: JobID = TestCluster.job) throws(JobRefusal) {
    perform(try state.submitted(job, as: id, at: now))
  }

  /// Registers a worker over a connection of its name.
  ///
  /// - Returns: Its session.
  func join(
    _ name: String,
    models: [ModelIndex: Int] = [.first: 0],
    lanes: Int = 1,
    codecs: Set<KVCodec> = []
  ) -> UInt64 {
    let incarnation = UInt64(truncatingIfNeeded: name.hashValue)
    let registration = WorkerRegistration(
      name: name,
      incarnation: incarnation,
      models: models,
      lanes: lanes,
      compute: "bf16",
      codecs: codecs
    )
    perform(state.registered(registration, by: "join", over: name, address: "here", at: now))
    guard case .registered(let worker)? = reply(to: "join") else { return 0 }
    return worker.id.rawValue
  }

  /// Asks for a chunk, over the connection of the worker's name.
  func poll(_ session: UInt64, over name: String, as request: String = "poll", wait: Duration = .zero) {
    let deadline = now.advanced(by: wait)
    perform(
      state.polled(session: session, arrival: now, until: deadline, by: request, over: name, at: now)
    )
  }

  /// Asks for a chunk that has to be there.
  func lease(_ session: UInt64, over name: String) -> Cluster.Grant? {
    poll(session, over: name, as: "lease")
    guard case .grant(let grant)? = reply(to: "lease") else { return nil }
    return grant
  }

  func announce(
    _ grant: Cluster.Grant,
    from session: UInt64,
    bytes: Int,
    frames: Int = 64,
    as request: String = "begin"
  ) {
    perform(
      state.announced(
        .init(
          session: session,
          token: grant.lease.token,
          job: grant.lease.job,
          chunk: grant.lease.chunk,
          byteCount: bytes,
          frameBytes: frames
        ),
        by: request,
        at: now
      )
    )
  }

  func complete(_ grant: Cluster.Grant, as request: String = "end") {
    let completion = Cluster.Completion(computeSeconds: 2, wireSeconds: 1, sinkDigest: 9, endedAt: now)
    perform(state.completed(grant.lease.token, completion, by: request, at: now))
  }

  func beat(_ session: UInt64, over name: String, running: [(LeaseToken, Int)] = [], isDraining: Bool = false)
  {
    perform(
      state.heartbeat(
        session: session,
        running: running.map { (token: $0.0, bytesReady: $0.1) },
        isDraining: isDraining,
        by: "beat",
        over: name,
        at: now
      )
    )
  }

  func tick() { perform(state.ticked(at: now)) }
}

extension ClusterState.Reply {
  /// The reply's name, for comparisons.
  var name: String {
    switch self {
    case .registered: "registered"
    case .shuttingDown: "shutting down"
    case .reregister: "reregister"
    case .grant: "grant"
    case .nothing: "nothing"
    case .drain: "drain"
    case .directives(let dropped, let isDraining):
      "directives \(dropped.map(\.rawValue))\(isDraining ? " drain" : "")"
    case .goodbye: "goodbye"
    case .send(let bytes): "send from \(bytes)"
    case .deferred: "deferred"
    case .accepted: "accepted"
    case .committed: "committed"
    case .superseded: "superseded"
    case .refused(let reason): "refused: \(reason)"
    }
  }
}
