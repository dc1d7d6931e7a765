internal import DequeModule
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NNG
internal import SystemPackage

/// A socket of libnng's, which listens under a name that only the gate knows.
///
/// libnng 1.5 stops listening for good when a peer goes away within its greeting. Only the gate dials here,
/// and it never leaves before both greetings are over. If the listener falls silent all the same, the socket
/// listens under a new name; its connections stay.
///
/// Everything happens on the gate's event loop. Only one connection joins at a time, so it is certain which
/// connection of libnng's belongs to which of the gate's.
final class Door: Sendable {
  private struct Join {
    var promise: EventLoopPromise<JoinedConnection>
    var deadline: Scheduled<Void>?
    var channel: (any Channel)?
    var isGreeted = false
    var pipe: PipeID?
  }

  private struct State {
    var name: String?
    var current: Join?
    var waiting: Deque<EventLoopPromise<JoinedConnection>> = []
    var relistens = 0
  }

  /// The longest time for both greetings together.
  private static let joinTime = TimeAmount.seconds(5)
  /// The most new listeners: each that has fallen silent may keep a processor busy.
  private static let mostRelistens = 16
  private static let mostWaiting = 4096

  private let socket: ReplySocket
  private let loop: any EventLoop
  private let logger: Logger
  private let state: NIOLoopBoundBox<State>

  init(_ socket: ReplySocket, on loop: any EventLoop, logger: Logger) throws(NNGError) {
    self.socket = socket
    self.loop = loop
    self.logger = logger
    state = NIOLoopBoundBox.makeBoxSendingValue(State(name: try Self.listen(socket)), eventLoop: loop)
    socket.observeConnections { [weak self] pipe in
      guard let self else { return }
      loop.execute { self.added(pipe) }
    }
  }

  /// Connects to the socket.
  ///
  /// - Returns: The connection after both greetings. It reads nothing until it is asked to.
  func join() -> EventLoopFuture<JoinedConnection> {
    let promise = loop.makePromise(of: JoinedConnection.self)
    guard state.value.waiting.count < Self.mostWaiting else {
      promise.fail(EntryRefusal.notJoined)
      return promise.futureResult
    }
    state.value.waiting.append(promise)
    startNext()
    return promise.futureResult
  }

  private func startNext() {
    guard state.value.current == nil, let promise = state.value.waiting.popFirst() else { return }
    state.value.current = Join(promise: promise)
    state.value.current?.deadline = loop.scheduleTask(in: Self.joinTime) { self.isSilent() }
    connect()
  }

  private func connect() {
    guard state.value.current != nil else { return }
    guard let name = state.value.name else { return relisten() }
    let descriptor: Int32
    do {
      descriptor = try LocalSocket.connect(to: name)
    } catch .resourceTemporarilyUnavailable {
      // Many connections came at once; the deadline ends this.
      loop.scheduleTask(in: .milliseconds(10)) { self.connect() }
      return
    } catch .connectionRefused {
      return relisten()
    } catch {
      logger.warning("cannot join a connection", metadata: ["reason": "\(error)"])
      return end(.failure(EntryRefusal.notJoined))
    }
    let loop = self.loop
    ClientBootstrap(group: loop)
      .channelOption(.autoRead, value: false)
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(GreetingHandler { self.greeted($0, by: channel) })
        }
      }
      .withConnectedSocket(descriptor)
      .whenComplete { result in
        switch result {
        case .success(let channel): self.connected(channel)
        case .failure: self.end(.failure(EntryRefusal.notJoined))
        }
      }
  }

  private func connected(_ channel: any Channel) {
    guard state.value.current != nil, state.value.current?.channel == nil else {
      return channel.close(promise: nil)
    }
    state.value.current?.channel = channel
    channel.writeAndFlush(ByteBuffer(bytes: Greeting.bytes(.request)), promise: nil)
    channel.read()
  }

  private func greeted(_ isRight: Bool, by channel: any Channel) {
    guard let current = state.value.current?.channel, current === channel else { return }
    guard isRight else {
      channel.close(promise: nil)
      return end(.failure(EntryRefusal.notJoined))
    }
    state.value.current?.isGreeted = true
    finishIfDone()
  }

  private func added(_ pipe: PipeID) {
    guard state.value.current != nil else { return }
    state.value.current?.pipe = pipe
    finishIfDone()
  }

  private func finishIfDone() {
    guard let join = state.value.current, join.isGreeted, let channel = join.channel, let pipe = join.pipe
    else {
      return
    }
    end(.success(JoinedConnection(channel: channel, pipe: pipe)))
  }

  private func end(_ result: Result<JoinedConnection, any Error>) {
    guard let join = state.value.current else { return }
    state.value.current = nil
    join.deadline?.cancel()
    join.promise.completeWith(result)
    startNext()
  }

  /// Handles a connection that libnng has not accepted in time.
  private func isSilent() {
    let channel = state.value.current?.channel
    end(.failure(EntryRefusal.notJoined))
    // The listener is not used any more, so leaving within its greeting does no harm.
    channel?.close(promise: nil)
    if let channel, channel.isActive { relisten() }
  }

  private func relisten() {
    guard state.value.relistens < Self.mostRelistens else { return end(.failure(EntryRefusal.notJoined)) }
    state.value.relistens += 1
    do {
      state.value.name = try Self.listen(socket)
      logger.warning(
        "libnng had stopped listening; it listens again",
        metadata: ["times": "\(state.value.relistens)"]
      )
      if state.value.current?.channel == nil { connect() }
    } catch {
      logger.error("libnng does not listen any more", metadata: ["reason": "\(error)"])
      end(.failure(EntryRefusal.notJoined))
    }
  }

  private static func listen(_ socket: ReplySocket) throws(NNGError) -> String {
    let name = "braid-" + String(UInt128.random(in: .min ... .max), radix: 36)
    try socket.listen(on: "abstract://" + name)
    return name
  }
}

/// A connection to a socket of libnng's, with libnng's number of it.
struct JoinedConnection: Sendable {
  let channel: any Channel
  let pipe: PipeID
}

/// Reads the greeting of libnng's side.
private final class GreetingHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let isGreeted: (Bool) -> Void
  private var received: [UInt8] = []
  private var isDone = false

  init(_ isGreeted: @escaping (Bool) -> Void) { self.isGreeted = isGreeted }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytesView
    switch Greeting.read(received) {
    case .incomplete: context.read()
    case .role(.reply):
      // Bytes behind it are for the next handler; there are none before a request is sent.
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
      finish(received.count == Greeting.byteCount)
    default: finish(false)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(false)
    context.fireChannelInactive()
  }

  private func finish(_ isRight: Bool) {
    guard !isDone else { return }
    isDone = true
    isGreeted(isRight)
  }
}
