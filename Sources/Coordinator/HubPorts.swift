internal import Addresses
internal import Gate
internal import Logging
internal import NNG
internal import Wire

/// The hub's two sockets and the gate before them.
struct HubPorts: Sendable {
  /// The socket for registration, leases and heartbeats.
  let control: ReplySocket
  /// The socket for chunks.
  let bulk: ReplySocket
  /// The address that workers dial, with its real port.
  let address: CoordinatorAddress
  /// The port to which workers send chunks on the same host; 0 for the one that they dialled.
  let bulkPort: UInt16
  /// The gate before the sockets; nil if workers reach them directly.
  let gate: Gate?

  /// Opens the sockets and listens.
  ///
  /// - Throws: An error that names the address when a port is in use or an address cannot be listened on.
  init(_ configuration: HubConfiguration, logger: Logger) throws {
    let control = SocketOptions(
      maximumReceiveBytes: WireProtocol.maximumRequestBytes,
      maximumSendBytes: WireProtocol.maximumReplyBytes
    )
    let bulk = SocketOptions(
      maximumReceiveBytes: FrameHeader.byteCount
        + max(configuration.maximumFrameBytes, WireProtocol.maximumBulkMessageBytes),
      maximumSendBytes: WireProtocol.maximumBulkMessageBytes
    )
    self.control = try ReplySocket(options: control)
    self.bulk = try ReplySocket(options: bulk)
    if configuration.isGated, !configuration.listen.isWithinProcess {
      let gate = try Gate(
        ListeningSockets(on: configuration.listen),
        control: self.control,
        bulk: self.bulk,
        limits: Gate.Limits(
          census: Census.Limits(total: configuration.maximumConnections),
          controlBytes: control.maximumReceiveBytes + MessageFraming.requestNumberBytes,
          bulkBytes: bulk.maximumReceiveBytes + MessageFraming.requestNumberBytes,
          replyBytes: control.maximumSendBytes + MessageFraming.requestNumberBytes
        ),
        logger: logger
      )
      self.gate = gate
      address = gate.address
      bulkPort = configuration.bulkPort ?? 0
    } else {
      gate = nil
      address = try CoordinatorAddress(parsing: self.control.listen(on: configuration.listen.description))
      bulkPort = try Self.listen(self.bulk, besides: address, configuration.bulkPort ?? 0)
    }
  }

  /// Returns the origin of a connection of the control socket, such as `10.0.0.7:40312`; nil when it is gone
  /// or has no such address.
  func peerAddress(of pipe: PipeID) -> String? {
    if let gate { gate.peerAddress(of: pipe) } else { control.peerAddress(of: pipe) }
  }

  /// Listens for chunks at a free port, or under a name of their own; returns the port for workers.
  private static func listen(_ bulk: ReplySocket, besides address: CoordinatorAddress, _ port: UInt16) throws
    -> UInt16
  {
    guard case .tcp(let endpoint) = address else {
      try bulk.listen(on: (address.bulk(port: 0) ?? address).description)
      return port
    }
    let free = HostPort(host: endpoint.host, port: 0)
    let bound = try CoordinatorAddress(parsing: bulk.listen(on: CoordinatorAddress.tcp(free).description))
    guard port == 0, case .tcp(let taken) = bound else { return port }
    return taken.port
  }
}
