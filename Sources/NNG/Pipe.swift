internal import CNNG
internal import Synchronization

/// The number of one connection, unique within the process while the connection lives.
package struct PipeID: Hashable, Sendable, CustomStringConvertible {
  /// The number that libnng gave the connection.
  package let rawValue: UInt32

  /// Wraps a number.
  ///
  /// - Parameter rawValue: The number that libnng gave the connection.
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The number as text.
  package var description: String { String(rawValue) }
}

/// A connection that came or went.
package struct PipeEvent: Hashable, Sendable {
  /// The kind of a connection's event.
  package enum Kind: Hashable, Sendable {
    /// The connection is up.
    case added
    /// The connection is gone.
    case removed
  }

  /// The kind of event.
  package let kind: Kind
  /// The connection that came or went.
  package let pipe: PipeID
}

/// The connections of one socket, kept up to date by libnng's callbacks.
///
/// The callback of a removal runs on libnng's only reaper thread: it stores and yields, and never calls back
/// into the socket.
final class PipeRegistry: Sendable {
  let events: AsyncStream<PipeEvent>
  private let continuation: AsyncStream<PipeEvent>.Continuation
  private let pipes = Mutex<Set<PipeID>>([])
  private let observer = Mutex<(@Sendable (PipeID) -> Void)?>(nil)

  init() {
    // Unbounded, as a lost removal would keep a dead peer alive; one event is a few bytes and needs a whole
    // connection.
    (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
  }

  var current: Set<PipeID> { pipes.withLock { $0 } }

  func finish() { continuation.finish() }

  func observe(_ added: @escaping @Sendable (PipeID) -> Void) { observer.withLock { $0 = added } }

  /// Registers the callbacks. The registry is kept alive for ever, as libnng may call at any time until the
  /// socket is closed.
  func attach(to socket: nng_socket) throws(NNGError) {
    let retained = Unmanaged.passRetained(self).toOpaque()
    // Not ADD_POST: that callback runs beside the connection's first message, which may then come from a
    // connection still unknown. ADD_PRE is over before a message can be read.
    for event in [NNG_PIPE_EV_ADD_PRE, NNG_PIPE_EV_REM_POST] {
      let result = nng_pipe_notify(
        socket,
        event,
        { pipe, event, argument in
          guard let argument else { return }
          let registry = Unmanaged<PipeRegistry>.fromOpaque(argument).takeUnretainedValue()
          let id = nng_pipe_id(pipe)
          guard id > 0 else { return }
          registry.note(PipeID(rawValue: UInt32(id)), added: event == NNG_PIPE_EV_ADD_PRE)
        },
        retained
      )
      try NNGError.check(result, "cannot watch the connections of a socket")
    }
  }

  private func note(_ pipe: PipeID, added: Bool) {
    pipes.withLock { pipes in
      if added { pipes.insert(pipe) } else { pipes.remove(pipe) }
      // Inside the lock, so that the stream has the order of the set.
      continuation.yield(PipeEvent(kind: added ? .added : .removed, pipe: pipe))
    }
    if added { observer.withLock { $0 }?(pipe) }
  }
}
