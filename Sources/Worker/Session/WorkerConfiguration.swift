public import Addresses
public import KVFormat
internal import Scheduling
public import Wire

/// The configuration of a worker.
public struct WorkerConfiguration: Sendable {
  /// The address that the coordinator's workers dial.
  public var coordinator: CoordinatorAddress
  /// The number of chunks that are computed at a time.
  public var lanes: Int
  /// The identity of the model, which must agree with the coordinator's.
  public var identity: ModelIdentity
  /// The precision of the linear layers.
  public var compute: Precision
  /// The shared secret, empty if there is none.
  public var workerToken = ""
  /// The worker's name, for people.
  public var name: String
  /// The processors that lanes stay on, the first lane on the first; empty leaves them to the system. More
  /// lanes than processors share them.
  public var processors: [Int] = []
  /// True if a drained worker waits for the coordinator again, as for a restart; false if it ends.
  public var staysAfterDrain = false
  /// The most payload bytes of a frame that this side proposes.
  public var frameBytes = ClusterFigures.usual.frameBytes
  /// The codecs that this side offers.
  public var codecs = KVCodec.allCases
  /// The most bytes of a chunk's KV cache and summary that this side accepts; each lane holds two chunks.
  public var maximumChunkBytes = 4 << 30
  /// The pauses and time limits.
  public var timing = Timing()

  /// The pauses and time limits of a worker.
  public struct Timing: Hashable, Sendable {
    /// The longest time for a request that is answered at once.
    public var requestTimeout: Duration = .seconds(5)
    /// The time for which the bulk socket may leave everything unanswered before its connection counts as
    /// lost. A single frame has no limit of its own: on a slow link it waits for all those before it.
    public var bulkSilence: Duration = .seconds(60)
    /// The longest time for which the coordinator may hold a request for a lease.
    public var leaseWait: Duration = .seconds(20)
    /// The first pause before connecting or sending again.
    public var firstPause: Duration = .milliseconds(100)
    /// The longest such pause.
    public var longestPause: Duration = .seconds(5)
    /// The number of interruptions without progress in between at which a transfer fails.
    public var transferAttempts = 5
    /// The time after which the worker stops looking for the coordinator; nil looks for ever.
    public var connectLimit: Duration?

    /// Makes the default timing.
    public init() {}
  }

  /// Makes a configuration with defaults for everything else.
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
