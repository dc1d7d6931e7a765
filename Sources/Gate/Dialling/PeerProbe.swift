package import Addresses
internal import NIOCore
internal import NIOPosix
internal import SystemPackage

/// A test of the peer at an address. It connects to each of the host's addresses in turn, sends a greeting
/// and, if asked to, a message that has no effect but an answer.
package enum PeerProbe {
  /// The result of a test.
  package enum Finding: Hashable, Sendable {
    /// A peer that answers requests, and the numeric address at which it was found.
    case found(CoordinatorAddress)
    /// A peer that is no coordinator.
    case stranger(Stranger, at: CoordinatorAddress)
    /// Nobody, or a peer that does not answer; the reason, with each address that was tried.
    case silent(String)
  }

  /// Tests the peer.
  ///
  /// - Parameters:
  ///   - address: The peer's address.
  ///   - purpose: The socket that is to answer a message as well; nil for the greeting alone.
  ///   - time: The longest time for the whole test.
  /// - Returns: The result.
  package static func look(
    at address: CoordinatorAddress,
    asking purpose: Purpose? = nil,
    within time: Duration = .seconds(3)
  ) async -> Finding {
    let amount = TimeAmount(time)
    let loop = GateLoop.group.next()
    let promise = loop.makePromise(of: Finding.self)
    let connecting: EventLoopFuture<any Channel>
    let bootstrap = ClientBootstrap(group: loop).connectTimeout(amount).channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        let framing: MessageFraming = if case .tcp = address { .tcp } else { .local }
        try channel.pipeline.syncOperations.addHandler(
          ProbeHandler(address, framing, purpose, found: promise.succeed)
        )
      }
    }
    switch address {
    case .process: return .found(address)
    case .tcp(let endpoint):
      connecting = bootstrap.connect(host: dialledHost(endpoint.host), port: Int(endpoint.port))
    case .abstract(let name):
      do {
        connecting = bootstrap.withConnectedSocket(try LocalSocket.connect(to: name))
      } catch {
        promise.succeed(.silent(error == .connectionRefused ? "nobody listens there" : "\(error)"))
        return await found(promise)
      }
    }
    let deadline = loop.scheduleTask(in: amount) { promise.succeed(.silent("no answer in \(time)")) }
    connecting.whenFailure { promise.succeed(.silent(sentence($0))) }
    let finding = await found(promise)
    deadline.cancel()
    // Also a connection that is made only now.
    connecting.whenSuccess { $0.close(promise: nil) }
    return finding
  }

  private static func found(_ promise: EventLoopPromise<Finding>) async -> Finding {
    await withTaskCancellationHandler {
      (try? await promise.futureResult.get()) ?? .silent("no answer")
    } onCancel: {
      promise.succeed(.silent("the look was cancelled"))
    }
  }

  /// Returns the host to dial, which differs for a host that stands for all of a machine's addresses.
  private static func dialledHost(_ host: String) -> String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "::1"
    default: host
    }
  }

  /// Returns the reasons why no connection was made, for every address that was tried.
  private static func sentence(_ error: any Error) -> String {
    guard let error = error as? NIOConnectionError else { return reason(error) }
    guard !error.connectionErrors.isEmpty else { return "the host \(error.host) is not known here" }
    return error.connectionErrors
      .map { "\(text(of: $0.target)): \(reason($0.error))" }
      .joined(separator: "; ")
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: errnoText(error.errnoCode)
    case ChannelError.connectTimeout: "no answer in time"
    default: "the connection failed"
    }
  }

  static func text(of address: SocketAddress) -> String {
    HostPort(host: address.ipAddress ?? "?", port: UInt16(clamping: address.port ?? 0)).description
  }
}

/// Sends the greeting, reads the peer's, and sends a message if it is to.
private final class ProbeHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let address: CoordinatorAddress
  private let framing: MessageFraming
  private let purpose: Purpose?
  private let found: @Sendable (PeerProbe.Finding) -> Void
  private var received = ByteBuffer()
  private var isAsked = false

  init(
    _ address: CoordinatorAddress,
    _ framing: MessageFraming,
    _ purpose: Purpose?,
    found: @escaping @Sendable (PeerProbe.Finding) -> Void
  ) {
    self.address = address
    self.framing = framing
    self.purpose = purpose
    self.found = found
  }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Greeting.bytes(.request))), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    // An empty answer is shorter than this, and no more is read of a stranger.
    guard received.readableBytes <= 4096 else { return end(.stranger(.unknown, at: address), context) }
    switch Greeting.read(received.readableBytesView) {
    case .incomplete: break
    case .stranger(let stranger): end(.stranger(stranger, at: address), context)
    case .role(.request): end(.stranger(.otherProtocol, at: address), context)
    case .role(.reply): greeted(context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    found(.silent("it hangs up without a greeting: is this the workers' port of a coordinator?"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    found(.silent((error as? IOError).map { errnoText($0.errnoCode) } ?? "the connection broke"))
    context.close(promise: nil)
  }

  private func greeted(_ context: ChannelHandlerContext) {
    let place = numericAddress(context)
    guard let purpose else { return end(.found(place), context) }
    if !isAsked {
      isAsked = true
      // The highest bit marks a request's number.
      let message: [UInt8] = [0x80, 0, 0, 1] + purpose.probe
      let bytes = framing.header(length: UInt64(message.count)) + message
      return context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
    if received.readableBytes >= Greeting.byteCount + framing.headerBytes + MessageFraming.requestNumberBytes
    {
      end(.found(place), context)
    }
  }

  private func numericAddress(_ context: ChannelHandlerContext) -> CoordinatorAddress {
    guard case .tcp = address, let remote = context.channel.remoteAddress, let host = remote.ipAddress,
      let port = remote.port
    else { return address }
    return .tcp(HostPort(host: host, port: UInt16(clamping: port)))
  }

  private func end(_ finding: PeerProbe.Finding, _ context: ChannelHandlerContext) {
    found(finding)
    context.close(promise: nil)
  }
}
