public import Addresses
public import KVFormat
internal import Scheduling
public import Wire

/// What a worker is and whom it works for.
public struct WorkerConfiguration: Sendable {
  /// Where the coordinator's workers dial.
  public var coordinator: CoordinatorAddress
  /// Chunks computed at a time.
  public var lanes: Int
  /// The model, in everything that must agree with the coordinator.
  public var identity: ModelIdentity
  /// The precision of the linear layers.
  public var compute: Precision
  /// The shared secret, empty without.
  public var workerToken = ""
  /// The worker's name for people.
  public var name: String
  /// The processors that lanes stay on, the first lane on the first; empty leaves them to the system. More
  /// lanes than processors share them.
  public var processors: [Int] = []
  /// Whether the worker waits for a coordinator that has sent it away, as one does that is being restarted,
  /// or ends with it.
  public var staysAfterDrain = false
  /// The most payload bytes of a frame that this side proposes.
  public var frameBytes = ClusterFigures.usual.frameBytes
  /// The codecs that this side offers.
  public var codecs = KVCodec.allCases
  /// The largest KV cache of a chunk, with its summary, that this side takes on, in bytes; each lane holds two.
  public var maximumChunkBytes = 4 << 30
  /// Pauses and limits of time.
  public var timing = Timing()

  /// Pauses and limits of time of a worker.
  public struct Timing: Hashable, Sendable {
    /// How long a request that is answered at once may take.
    public var requestTimeout: Duration = .seconds(5)
    /// How long the bulk socket may leave everything unanswered before its connection counts as lost. On a
    /// slow link a single frame waits for all those before it and has no limit of its own.
    public var bulkSilence: Duration = .seconds(60)
    /// How long the coordinator may hold a request for a lease.
    public var leaseWait: Duration = .seconds(20)
    /// The first pause before connecting or sending anew.
    public var firstPause: Duration = .milliseconds(100)
    /// The longest such pause.
    public var longestPause: Duration = .seconds(5)
    /// Times that a transfer is begun anew after its connection broke or an answer did not come.
    public var transferAttempts = 5
    /// How long to look for the coordinator before giving up; nil looks for ever.
    public var connectLimit: Duration?

    /// Makes the default timing.
    public init() {}
  }

  /// Makes a configuration; everything else has a default.
  ///
  /// - Parameters:
  ///   - coordinator: Where the coordinator's workers dial.
  ///   - lanes: Chunks computed at a time.
  ///   - identity: The model, in everything that must agree with the coordinator.
  ///   - compute: The precision of the linear layers.
  ///   - name: The worker's name for people.
  public init(
    coordinator: CoordinatorAddress,
    lanes: Int,
    identity: ModelIdentity,
    compute: Precision,
    name: String
  ) {
    self.coordinator = coordinator
    self.lanes = lanes
    self.identity = identity
    self.compute = compute
    self.name = name
  }
}
