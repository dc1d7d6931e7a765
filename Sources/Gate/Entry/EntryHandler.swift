internal import NIOCore

/// The handler of a connection's first bytes, until its purpose is known or it is refused.
final class EntryHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Phase {
    /// Bytes are read and judged.
    case reading
    /// The connection is joined or refused; further bytes are dropped.
    case ended
  }

  /// The longest time for a connection's greeting.
  static let greetingTime = TimeAmount.seconds(5)
  /// The longest time for its first message: a worker that dials again between two chunks has none yet.
  static let firstMessageTime = TimeAmount.minutes(10)

  private var check: EntryCheck
  private var received = ByteBuffer()
  private var phase = Phase.reading
  private var deadline: Scheduled<Void>?
  private let join: (Purpose, ByteBuffer) -> Void
  private let refused: (EntryRefusal) -> Void

  /// - Parameters:
  ///   - check: The check of the bytes.
  ///   - join: Takes the connection over, with all bytes behind the greeting.
  ///   - refused: Receives the reason why the connection was ended, once.
  init(
    _ check: EntryCheck,
    join: @escaping (Purpose, ByteBuffer) -> Void,
    refused: @escaping (EntryRefusal) -> Void
  ) {
    self.check = check
    self.join = join
    self.refused = refused
  }

  func channelActive(context: ChannelHandlerContext) {
    wait(Self.greetingTime, context)
    context.read()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    phase = .ended
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .reading = phase else { return }
    received.writeImmutableBuffer(unwrapInboundIn(data))
    judge(context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.read()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func judge(_ context: ChannelHandlerContext) {
    switch check.next(received.readableBytesView) {
    case .wait: break
    case .greet:
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Greeting.bytes(.reply))), promise: nil)
      wait(Self.firstMessageTime, context)
      judge(context)
    case .join(let purpose):
      phase = .ended
      received.moveReaderIndex(forwardBy: Greeting.byteCount)
      // Nothing is read until the next handler asks for it.
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      join(purpose, received)
    case .refuse(let reason): refuse(reason, context)
    }
  }

  private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      self?.refuse(.slow, context)
    }
  }

  private func refuse(_ reason: EntryRefusal, _ context: ChannelHandlerContext) {
    guard case .reading = phase else { return }
    phase = .ended
    deadline?.cancel()
    refused(reason)
    guard reason == .stranger(.http) else { return context.close(promise: nil) }
    // Time for the answer to arrive: closing with bytes unread would discard it.
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answerToHTTP)), promise: nil)
    context.close(mode: .output, promise: nil)
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(500)) {
      context.close(promise: nil)
    }
    context.read()
  }

  private static let answerToHTTP: String = {
    let body = """
      {"error":{"message":"This port is for Braid's workers and speaks no HTTP: the coordinator printed its HTTP \
      address when it started, by default http://127.0.0.1:8080.","type":"invalid_request_error","code":"wrong_port"}}

      """
    return """
      HTTP/1.1 400 Bad Request\r
      Content-Type: application/json\r
      Content-Length: \(body.utf8.count)\r
      Connection: close\r
      \r
      \(body)
      """
  }()
}
