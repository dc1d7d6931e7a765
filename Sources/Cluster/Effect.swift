package import KVFormat
package import Scheduling

extension ClusterState {
  /// An action for the owner of the sockets, the memory and the log.
  ///
  /// The effects of one event are performed in their order. ``emit(_:_:)`` and ``drop(_:)`` must be performed
  /// before another event is reported, as their order is the order of the decisions; the others need not be.
  package enum Effect: Sendable {
    /// Answer a request. Every request is answered exactly once.
    case reply(Request, Reply)
    /// Allocate the memory of a transfer, then report ``ClusterState/allocated(_:at:)`` or
    /// ``ClusterState/notAllocated(_:at:)``.
    case allocate(Admission)
    /// Give an event to the reader of a job.
    case emit(JobID, JobEvent)
    /// Free the memory of a transfer, unless a ``JobEvent/committed(chunk:lease:report:)`` has handed it on.
    case drop(LeaseToken)
    /// Call ``ClusterState/answerWaiting(at:)`` soon. Not repeated until that is done.
    case wake
    /// Write to the log.
    case note(Note)
  }

  /// A change among the workers that is worth a line in the log.
  package enum Note: Sendable {
    /// A worker has registered.
    case registered(RegisteredWorker<Connection>)
    /// A worker's connection is gone.
    case lost(RegisteredWorker<Connection>)
    /// A worker has not been heard of for too long.
    case silent(RegisteredWorker<Connection>)
    /// A worker has said goodbye.
    case left(RegisteredWorker<Connection>)
  }

  /// The answer to a request.
  package enum Reply: Sendable {
    /// To a registration: the worker is registered.
    case registered(RegisteredWorker<Connection>)
    /// To a registration: come back later, the cluster is shutting down.
    case shuttingDown
    /// To anything: the session is not known, register (again).
    case reregister
    /// To a poll: encode this chunk.
    case grant(Grant)
    /// To a poll: nothing now, ask again.
    case nothing
    /// To a poll: there will be nothing more, finish and leave.
    case drain
    /// To a heartbeat and a reported failure: drop these leases; when draining, finish and leave.
    case directives(dropped: [LeaseToken], isDraining: Bool)
    /// To a goodbye.
    case goodbye
    /// To an announcement: send; this many bytes have arrived before.
    case send(receivedBytes: Int)
    /// To an announcement: no memory now, announce again later.
    case deferred
    /// To a frame: it is stored.
    case accepted
    /// To the end of a transfer: the chunk is committed.
    case committed
    /// To anything about a lease: the lease is over, drop it.
    case superseded
    /// To anything about a lease: it was wrong, for this reason; the lease has failed.
    case refused(String)
  }

  /// A lease that is granted to a worker.
  package struct Grant: Sendable {
    /// The lease.
    package let lease: Lease
    /// The codec of the chunk on the wire.
    package let codec: KVCodec
    /// The place of the job's model among those that the worker registered with, from 0.
    package let modelPlace: Int
    /// The time since which the worker could have had the lease.
    package let since: Instant
  }

  /// A transfer for which bytes are reserved.
  package struct Admission: Sendable {
    /// The lease.
    package let lease: Lease
    /// The codec of the chunk on the wire.
    package let codec: KVCodec
    /// Bytes of memory to be allocated.
    package let byteCount: Int
    /// Payload bytes of every frame but the last.
    package let frameBytes: Int
  }
}
