internal import Addresses
internal import NNG
internal import Wire

/// The connection to the coordinator's control socket.
struct ControlLink: Sendable {
  let socket: RequestSocket
  /// The address that is dialled; its host is numeric.
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
