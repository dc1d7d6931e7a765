public import KVFormat

/// The introduction of a worker to its coordinator.
public struct RegisterRequest: Hashable, Sendable {
  /// Everything in which the two must agree.
  public var identity: ModelIdentity
  /// The chunks that the worker computes at a time.
  public var lanes: Int
  /// The precision of its linear layers.
  public var compute: Precision
  /// The shared secret, empty without.
  public var workerToken: String
  /// A number drawn when the process started: tells a restarted worker from a reconnected one.
  public var incarnation: UInt64
  /// The worker's name for people.
  public var name: String
  /// The most payload bytes that the worker can put into a frame.
  public var maxFrameBytes: Int
  /// The codecs that the worker can send besides ``KVFormat/KVCodec/bf16``, which all can. One that this side does not
  /// know is an offer that it does not take: none of those arrives here.
  public var codecs: [KVCodec]
  /// Whether the worker computes nothing and sends what was recorded.
  public var isReplay: Bool

  /// Introduces a worker.
  public init(
    identity: ModelIdentity,
    lanes: Int,
    compute: Precision,
    workerToken: String = "",
    incarnation: UInt64,
    name: String,
    maxFrameBytes: Int,
    codecs: [KVCodec] = [],
    isReplay: Bool = false
  ) {
    self.identity = identity
    self.lanes = lanes
    self.compute = compute
    self.workerToken = workerToken
    self.incarnation = incarnation
    self.name = name
    self.maxFrameBytes = maxFrameBytes
    self.codecs = codecs
    self.isReplay = isReplay
  }
}
