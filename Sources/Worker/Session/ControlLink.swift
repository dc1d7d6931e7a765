internal import Addresses
internal import NNG
internal import Wire

/// Requests to the coordinator's control socket and their answers.
struct ControlLink: Sendable {
  let socket: RequestSocket
  /// The address dialled; a host is numeric.
  let address: CoordinatorAddress

  init(dialing address: CoordinatorAddress, timing: WorkerConfiguration.Timing) throws(NNGError) {
    self.address = address
    socket = try RequestSocket(
      dialing: address.description,
      options: SocketOptions(
        maximumReceiveBytes: WireProtocol.maximumReplyBytes,
        maximumSendBytes: WireProtocol.maximumRequestBytes,
        minimumReconnect: timing.firstPause,
        maximumReconnect: timing.longestPause
      )
    )
  }

  /// Sends a request and waits for its answer.
  ///
  /// - Throws: `CancellationError`, ``NNGError`` or ``WireError``.
  func ask(_ body: WorkerRequest, timeout: Duration) async throws -> CoordinatorReply {
    let request = try NNGMessage(copying: WireCodec.encode(body))
    let reply = try await socket.request(request, timeout: timeout)
    return try reply.withBytes { bytes in try WireCodec.reply(from: bytes) }
  }
}
