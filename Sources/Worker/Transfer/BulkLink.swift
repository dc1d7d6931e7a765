internal import Gate
internal import NNG
internal import Synchronization
internal import Wire

/// The connection to the coordinator's bulk socket, and the time for which it has left requests unanswered.
///
/// Frames of all lanes wait for each other on one connection. So on a slow link the time of a single frame
/// says nothing; the lack of any answer does.
final class BulkLink: Sendable {
  private struct State {
    var underWay = 0
    /// The time of the latest answer, or of the first request since there were none under way.
    var since = ContinuousClock.now
    var isGivenUp = false
  }

  let socket: RequestSocket
  private let timing: WorkerConfiguration.Timing
  private let state = Mutex(State())

  init(dialing address: String, timing: WorkerConfiguration.Timing) throws(NNGError) {
    socket = try RequestSocket(
      dialing: address,
      options: SocketOptions(
        maximumReceiveBytes: WireProtocol.maximumBulkMessageBytes,
        maximumSendBytes: WireProtocol.frameBytes.upperBound + FrameHeader.byteCount,
        minimumReconnect: timing.firstPause,
        maximumReconnect: timing.longestPause
      )
    )
    self.timing = timing
  }

  /// Sends a request and waits for its answer: long if there is a connection, briefly if there is none.
  ///
  /// - Throws: `CancellationError`, ``NNGError`` or ``WireError``.
  func ask(_ message: consuming NNGMessage) async throws -> BulkReply {
    state.withLock { state in
      if state.underWay == 0 { state.since = .now }
      state.underWay += 1
    }
    defer { state.withLock { $0.underWay -= 1 } }
    // If the connection has died, ``silence`` ends the wait.
    let timeout = socket.isConnected ? timing.bulkSilence * 10 : timing.requestTimeout
    let reply = try await socket.request(message, timeout: timeout)
    state.withLock { $0.since = .now }
    return try reply.withBytes { bytes in try WireCodec.bulkReply(from: bytes) }
  }

  /// Tests that the coordinator accepts chunks here.
  ///
  /// - Returns: Nil if it does; else the reason why not, as far as it is known.
  func silenceReason() async throws -> String? {
    do {
      _ = try await socket.request(NNGMessage(copying: Purpose.bulk.probe), timeout: timing.requestTimeout)
      return nil
    } catch let error as NNGError {
      return error.message
    }
  }

  /// The time for which requests have been under way without any answer; zero when there are none.
  var silence: Duration {
    state.withLock { $0.underWay > 0 ? ContinuousClock.now - $0.since : .zero }
  }

  /// True if this connection is not to be used any more.
  var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

  func giveUp() { state.withLock { $0.isGivenUp = true } }
}
