internal import Logging
internal import NIOCore
internal import Synchronization

/// The open connections of a server, bounded by their number.
final class ConnectionRegistry: Sendable {
  private struct State {
    var book: ConnectionBook<ObjectIdentifier>
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isFull = false
  }

  private let state: Mutex<State>
  private let limit: Int
  private let logger: Logger

  init(limit: Int, logger: Logger) {
    self.limit = limit
    self.logger = logger
    state = Mutex(State(book: ConnectionBook(limit: limit)))
  }

  /// Admits a new connection, at the cost of another if there are too many.
  ///
  /// - Parameter channel: The connection.
  /// - Returns: True if there is a place.
  func admit(_ channel: any Channel) -> Bool {
    let id = ObjectIdentifier(channel)
    let (admission, victim, becomesFull) = state.withLock { state in
      let admission = state.book.admit(id)
      let becomesFull = admission != .admitted && !state.isFull
      if becomesFull { state.isFull = true }
      var victim: (any Channel)?
      if case .instead(let other) = admission { victim = state.channels.removeValue(forKey: other) }
      if admission != .refused { state.channels[id] = channel }
      return (admission, victim, becomesFull)
    }
    victim?.close(promise: nil)
    if becomesFull {
      logger.warning(
        "There are as many HTTP connections as may be: those idle longest are closed for new ones.",
        metadata: ["connections": "\(limit)"]
      )
    }
    guard admission != .refused else { return false }
    channel.closeFuture.whenComplete { [self] _ in closed(id) }
    return true
  }

  /// Records the activity of a connection.
  func note(_ activity: HTTPConnectionHandler.Activity, _ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    state.withLock { state in
      switch activity {
      case .progress: state.book.touched(id)
      case .answering: state.book.becameBusy(id)
      case .idle: state.book.becameIdle(id)
      }
    }
  }

  private func closed(_ id: ObjectIdentifier) {
    state.withLock { state in
      state.book.closed(id)
      state.channels[id] = nil
      if state.book.count <= limit / 2 { state.isFull = false }
    }
  }
}
