package import Addresses
package import KVFormat
internal import Scheduling
package import Wire

/// The configuration of a worker.
package struct WorkerConfiguration: Sendable {
  /// The address that the coordinator's workers dial.
  package var coordinator: CoordinatorAddress
  /// The number of chunks that are computed at a time.
  package var lanes: Int
  /// The identities of the models, 1 to ``WireProtocol/maximumModels``, one of which must agree with one of the
  /// coordinator's.
  package var identities: [ModelIdentity]
  /// The precision of the linear layers.
  package var compute: Precision
  /// The shared secret, empty if there is none.
  package var workerToken = ""
  /// The worker's name, for people.
  package var name: String
  /// The processors that lanes stay on, the first lane on the first; empty leaves them to the system. More
  /// lanes than processors share them.
  package var processors: [Int] = []
  /// True if a drained worker waits for the coordinator again, as for a restart; false if it ends.
  package var staysAfterDrain = false
  /// The most payload bytes of a frame that this side proposes.
  package var frameBytes = ClusterFigures.usual.frameBytes
  /// The codecs that this side offers.
  package var codecs = KVCodec.allCases
  /// The most bytes of a chunk's KV cache and summary that this side accepts; each lane holds two chunks.
  package var maximumChunkBytes = 4 << 30
  /// The pauses and time limits.
  package var timing = Timing()

  /// The pauses and time limits of a worker.
  package struct Timing: Hashable, Sendable {
    /// The longest time for a request that is answered at once.
    package var requestTimeout: Duration = .seconds(5)
    /// The time for which the bulk socket may leave everything unanswered before its connection counts as
    /// lost. A single frame has no limit of its own: on a slow link it waits for all those before it.
    package var bulkSilence: Duration = .seconds(60)
    /// The longest time for which the coordinator may hold a request for a lease.
    package var leaseWait: Duration = .seconds(20)
    /// The first pause before connecting or sending again.
    package var firstPause: Duration = .milliseconds(100)
    /// The longest such pause.
    package var longestPause: Duration = .seconds(5)
    /// The number of interruptions without progress in between at which a transfer fails.
    package var transferAttempts = 5
    /// The time after which the worker stops looking for the coordinator; nil looks for ever.
    package var connectLimit: Duration?

    /// Makes the default timing.
    package init() {}
  }

  /// Makes a configuration with defaults for everything else.
  package init(
    coordinator: CoordinatorAddress,
    lanes: Int,
    identities: [ModelIdentity],
    compute: Precision,
    name: String
  ) {
    self.coordinator = coordinator
    self.lanes = lanes
    self.identities = identities
    self.compute = compute
    self.name = name
  }
}
