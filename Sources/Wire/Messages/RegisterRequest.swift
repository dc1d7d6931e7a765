package import KVFormat

/// The introduction of a worker to its coordinator.
package struct RegisterRequest: Hashable, Sendable {
  /// The models that the worker has, 1 to ``WireProtocol/maximumModels``: everything in which the two must agree.
  /// Leases name them by their place in this list.
  package var identities: [ModelIdentity]
  /// The number of chunks that the worker computes at a time.
  package var lanes: Int
  /// The precision of its linear layers.
  package var compute: Precision
  /// The shared secret, empty if there is none.
  package var workerToken: String
  /// A number drawn when the process started, which tells a restarted worker from a reconnected one.
  package var incarnation: UInt64
  /// The worker's name, for people.
  package var name: String
  /// The most payload bytes that the worker can put into a frame.
  package var maxFrameBytes: Int
  /// The codecs that the worker can send besides ``KVFormat/KVCodec/bf16``, which all workers can. Those that
  /// this side does not know are left out when the message is read.
  package var codecs: [KVCodec]
  /// True if the worker sends recorded chunks instead of computing.
  package var isReplay: Bool

  package init(
    identities: [ModelIdentity],
    lanes: Int,
    compute: Precision,
    workerToken: String = "",
    incarnation: UInt64,
    name: String,
    maxFrameBytes: Int,
    codecs: [KVCodec] = [],
    isReplay: Bool = false
  ) {
    self.identities = identities
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
