internal import AsyncAlgorithms
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle

/// Writes a stream of server-sent events.
struct ServerSentEvents: Sendable {
  /// The interval of the comments that show a stream to be alive, so that neither side takes it for dead.
  let keepAlive: Duration

  /// The way in which a stream ended.
  enum Ending: Sendable {
    /// The source ended.
    case finished
    /// The server is shutting down.
    case shutdown
  }

  /// A change of a stream's client.
  enum ClientSignal: Sendable {
    /// It sends nothing more. It may still read, or be gone altogether.
    case halfClosed
    /// Its connection is closed.
    case gone
  }

  /// Makes a response whose body is an event stream.
  ///
  /// The body ends when the client goes away, and with it the source that it reads.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - context: Its connection, which is watched.
  ///   - write: Writes the events; it receives the changes of the client.
  /// - Returns: The response, whose body is not written yet.
  func response(
    to request: Request,
    _ context: ConnectionContext,
    _ write:
      @escaping @Sendable (inout any ResponseBodyWriter, AsyncStream<ClientSignal>) async throws -> Void
  ) -> Response {
    // The connection cannot be used again: watching for its end has consumed its input.
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", .connection: "close"],
      body: ResponseBody { writer in
        var inner = writer
        let (signals, continuation) = AsyncStream.makeStream(
          of: ClientSignal.self,
          bufferingPolicy: .bufferingOldest(4)
        )
        context.channel.closeFuture.whenComplete { _ in continuation.yield(.gone) }
        try await request.body.consumeWithInboundCloseHandler { _ in
          try await write(&inner, signals)
        } onInboundClosed: {
          continuation.yield(.halfClosed)
        }
        try await writer.finish(nil)
      }
    )
  }

  /// Writes the events that `bytes` makes of every element, and a comment at every ``keepAlive``.
  ///
  /// - Parameters:
  ///   - elements: The source.
  ///   - client: The changes of the client.
  ///   - writer: Receives the bytes.
  ///   - bytes: The text of the events for one element; empty to write none.
  /// - Returns: The way in which it ended.
  /// - Throws: The errors of the source, `bytes` and the writer; `CancellationError` when the client has
  ///   gone.
  func forward<Elements: AsyncSequence & Sendable>(
    _ elements: Elements,
    for client: AsyncStream<ClientSignal>,
    to writer: inout any ResponseBodyWriter,
    as bytes: (Elements.Element) throws -> ByteBuffer
  ) async throws -> Ending where Elements.Element: Sendable {
    let ticks = AsyncTimerSequence(interval: keepAlive, clock: .continuous).map { _ in
      Signal<Elements.Element>.tick
    }
    let all = merge(
      chain(elements.map { Signal.element($0) }, [Signal<Elements.Element>.end].async),
      ticks,
      client.map { Signal<Elements.Element>.client($0) }
    )
    for try await signal in all.cancelOnGracefulShutdown() {
      switch signal {
      case .element(let element):
        let buffer = try bytes(element)
        if buffer.readableBytes > 0 { try await writer.write(buffer) }
      // A client that is gone answers any bytes with a reset, which closes the connection.
      case .tick, .client(.halfClosed): try await writer.write(ByteBuffer(string: ": alive\n\n"))
      case .client(.gone): throw CancellationError()
      case .end: return .finished
      }
    }
    try Task.checkCancellation()
    return .shutdown
  }

  private enum Signal<Element: Sendable>: Sendable {
    case element(Element)
    case tick
    case client(ClientSignal)
    case end
  }
}

extension ByteBuffer {
  /// Appends one event.
  ///
  /// - Parameters:
  ///   - name: The event's name, or `nil` for the default.
  ///   - data: One line.
  mutating func writeEvent(name: String? = nil, data: some Sequence<UInt8>) {
    if let name { writeString("event: \(name)\n") }
    writeString("data: ")
    writeBytes(data)
    writeString("\n\n")
  }
}
