/// The body of a `begin`: the worker is about to send a chunk. It may be repeated; bytes already received stay.
package struct BeginRequest: Hashable, Sendable {
  /// The session that the registration gave.
  package var session: UInt64
  /// The payload bytes of every frame but the last, a multiple of ``WireProtocol/frameGranularity``. Offsets are
  /// multiples of it.
  package var frameBytes: Int

  package init(session: UInt64, frameBytes: Int) {
    self.session = session
    self.frameBytes = frameBytes
  }
}

/// The body of an `end`: every frame has been accepted.
package struct EndRequest: Hashable, Sendable {
  /// The ``FrameDigest`` over all frames.
  package var frameDigest: UInt32
  /// The seconds from the lease's receipt to the last computed byte.
  package var computeSeconds: Double
  /// The seconds of sending after the computation.
  package var wireSeconds: Double
  /// The digest over the sink's KV cache as this worker computed it.
  package var sinkDigest: UInt64

  package init(frameDigest: UInt32, computeSeconds: Double, wireSeconds: Double, sinkDigest: UInt64) {
    self.frameDigest = frameDigest
    self.computeSeconds = computeSeconds
    self.wireSeconds = wireSeconds
    self.sinkDigest = sinkDigest
  }
}

/// An answer of the coordinator on the bulk socket.
package enum BulkReply: Hashable, Sendable {
  /// To `begin`: send; this many bytes were received before, over an earlier connection.
  case granted(receivedBytes: Int)
  /// To `begin`: there is no memory now, begin again after this time; in milliseconds on the wire.
  case deferred(Duration)
  /// To a frame: it is stored.
  case accepted
  /// To a frame: its payload arrived damaged, send it again.
  case corrupt
  /// To `end`: the frame at this offset is missing, send it and end again.
  case incomplete(missingOffset: Int)
  /// To `end`: the chunk is stored.
  case committed
  /// To anything: the lease is over, drop it.
  case superseded
  /// To anything: it was wrong, for this reason; the lease has failed.
  case refused(String)
  /// To `begin`: the session is not known.
  case reregister
}
