internal import APITypes
package import NIOCore
package import NIOHTTP1

/// Guards one connection: closes it when it takes too long, refuses requests that are not served, and answers
/// with a sentence where the layers above would answer with an empty body or not at all.
///
/// It stands right behind the decoder and the encoder of HTTP.
package final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPServerRequestPart
  package typealias InboundOut = HTTPServerRequestPart
  package typealias OutboundIn = HTTPServerResponsePart
  package typealias OutboundOut = HTTPServerResponsePart

  /// The activity of a connection.
  package enum Activity: Sendable {
    /// A part of a request has come.
    case progress
    /// A request is complete and being answered.
    case answering
    /// All requests are answered.
    case idle
  }

  /// The time that a client has to read the last bytes and close its side.
  private static let linger = TimeAmount.seconds(2)

  private let check: RequestCheck
  private let limits: ConnectionDeadline.Limits
  private let isRefused: Bool
  private let report: (Activity) -> Void
  private var deadline: ConnectionDeadline?
  private var timer: (end: NIODeadline, task: Scheduled<Void>)?
  /// The requests whose answers are not complete, the oldest first.
  private var requests: [HTTPRequestHead] = []
  private var hasBegunAnswer = false
  private var closesAfterAnswer = false
  /// True when nothing more is read from the client or accepted from above.
  private var isOver = false

  /// Makes a handler for one connection.
  ///
  /// - Parameters:
  ///   - check: The check of each request's head.
  ///   - limits: The time that each phase may take.
  ///   - isRefused: True if there is no place for the connection, which then gets a refusal.
  ///   - report: Called on the event loop with the connection's activity.
  package init(
    check: RequestCheck,
    limits: ConnectionDeadline.Limits,
    isRefused: Bool = false,
    report: @escaping (Activity) -> Void = { _ in }
  ) {
    self.check = check
    self.limits = limits
    self.isRefused = isRefused
    self.report = report
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    deadline = ConnectionDeadline(limits, at: context.eventLoop.now)
    schedule(context)
    if context.channel.isActive { refuseIfFull(context) }
  }

  package func handlerRemoved(context: ChannelHandlerContext) { cancelTimer() }

  package func channelActive(context: ChannelHandlerContext) {
    refuseIfFull(context)
    context.fireChannelActive()
  }

  package func channelInactive(context: ChannelHandlerContext) {
    isOver = true
    cancelTimer()
    context.fireChannelInactive()
  }

  /// Notes that bytes have arrived, of whatever kind.
  package func received(context: ChannelHandlerContext) {
    deadline?.received(at: context.eventLoop.now)
    schedule(context)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    let now = context.eventLoop.now
    switch unwrapInboundIn(data) {
    case .head(let head):
      deadline?.receivedHead(at: now)
      if let refusal = check.refusal(of: head, port: context.channel.localAddress?.port ?? 0) {
        refuse(context, refusal)
        return
      }
      requests.append(head)
      report(.progress)
      context.fireChannelRead(data)
      if requests.count == 1, check.isContinued(head), !hasBegunAnswer, !isOver {
        let leave = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(leave)), promise: nil)
      }
    case .body:
      deadline?.receivedBody(at: now)
      report(.progress)
      context.fireChannelRead(data)
    case .end:
      deadline?.receivedEnd(at: now)
      report(.answering)
      context.fireChannelRead(data)
    }
    schedule(context)
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else {
      context.fireErrorCaught(error)
      return
    }
    refuse(context, Self.refusal(of: error))
    // A reader of the body learns that it is not complete.
    context.fireErrorCaught(error)
  }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    deadline?.writable(context.channel.isWritable, at: context.eventLoop.now)
    schedule(context)
    context.fireChannelWritabilityChanged()
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard !isOver, let request = requests.first else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      hasBegunAnswer = true
      let isOld = !request.version.isCurrent
      if isOld { head.version = .http1_0 }
      if isOld || (request.method == .HEAD && !head.headers.contains(name: "content-length")) {
        head.headers.replaceOrAdd(name: "connection", value: "close")
      }
      closesAfterAnswer = head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body where request.method == .HEAD:
      promise?.succeed()
    case .body:
      context.write(data, promise: promise)
    case .end:
      context.write(data, promise: promise)
      requests.removeFirst()
      hasBegunAnswer = false
      deadline?.answered(at: context.eventLoop.now)
      if requests.isEmpty { report(.idle) }
      if closesAfterAnswer { finish(context) }
    }
    schedule(context)
  }

  // MARK: Endings

  private func refuseIfFull(_ context: ChannelHandlerContext) {
    guard isRefused, !isOver else { return }
    let message = "This coordinator serves as many connections as it can: try again in a moment."
    refuse(context, RequestCheck.Refusal(503, message, code: .unavailable))
  }

  /// Ends the connection, with an answer unless another is due or on its way.
  private func refuse(_ context: ChannelHandlerContext, _ refusal: RequestCheck.Refusal) {
    guard !isOver else { return }
    guard !hasBegunAnswer, requests.count <= 1 else {
      isOver = true
      context.close(promise: nil)
      return
    }
    let error = APIErrorResponse(ServiceError(refusal.code, refusal.message))
    let body = ByteBuffer(bytes: (try? APIJSON.encode(error)) ?? [])
    var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status))
    head.headers.add(name: "content-type", value: "application/json")
    head.headers.add(name: "content-length", value: "\(body.readableBytes)")
    head.headers.add(name: "connection", value: "close")
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if requests.first?.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    finish(context)
  }

  /// Closes the connection once all is sent. Bytes that the client still sends are read for a while and
  /// dropped: closing at once would reset the connection, and with it the answer.
  private func finish(_ context: ChannelHandlerContext) {
    isOver = true
    report(.idle)
    cancelTimer()
    context.flush()
    context.close(mode: .output, promise: nil)
    let end = context.eventLoop.now + Self.linger
    let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) { context.close(promise: nil) }
    timer = (end, task)
  }

  // MARK: Time

  private func cancelTimer() {
    timer?.task.cancel()
    timer = nil
  }

  private func schedule(_ context: ChannelHandlerContext) {
    guard !isOver, let end = deadline?.end else { return }
    // A timer that fires too early looks again, so most of them need not be set anew.
    if let timer, timer.end <= end { return }
    cancelTimer()
    let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: end) { self.timerFired(context) }
    timer = (end, task)
  }

  private func timerFired(_ context: ChannelHandlerContext) {
    timer = nil
    guard !isOver, let deadline, let end = deadline.end else { return }
    guard end <= context.eventLoop.now else {
      schedule(context)
      return
    }
    switch deadline.phase {
    case .head:
      refuse(
        context,
        .init(408, "The head of the request took longer than \(Self.text(limits.head)): send it at once.")
      )
    case .body:
      let limit = Self.text(limits.body)
      refuse(context, .init(408, "Nothing came of the request's body for \(limit): send it without a break."))
      context.fireErrorCaught(HTTPParserError.closedConnection)
    case .idle, .answering:
      isOver = true
      context.close(promise: nil)
    }
  }

  private static func text(_ time: TimeAmount) -> String { "\(time.nanoseconds / 1_000_000_000) seconds" }

  private static func refusal(of error: HTTPParserError) -> RequestCheck.Refusal {
    switch error {
    case .invalidMethod:
      .init(501, "The request's method is not known: GET, HEAD, POST, DELETE and OPTIONS are.")
    case .headerOverflow: .init(431, "The head of the request is too long: send fewer or shorter headers.")
    case .invalidVersion: .init(505, "The request's version of HTTP is not known: send it in HTTP/1.1.")
    case .invalidContentLength, .unexpectedContentLength:
      .init(400, "The request's Content-Length cannot be read: send one whole number of bytes.")
    case .invalidEOFState, .closedConnection:
      .init(400, "The request ended before it was complete: send it again.")
    default:
      .init(400, "The request cannot be read as HTTP/1.1: see whether this is the address that was meant.")
    }
  }
}

@available(*, unavailable)
extension HTTPConnectionHandler: Sendable {}
