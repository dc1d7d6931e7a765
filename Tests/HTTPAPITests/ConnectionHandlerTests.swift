internal import APITypes
internal import Addresses
internal import HTTPAPI
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1
internal import Testing

@Suite("A connection that is watched over")
struct ConnectionHandlerTests {
  /// A connection to 127.0.0.1:8080 with the pipeline of the server, in a time that a test moves on.
  private struct Connection {
    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel

    init(isRefused: Bool = false) throws {
      let handler = HTTPConnectionHandler(
        check: RequestCheck(
          hosts: ServedHosts(listening: try HostPort(parsing: "127.0.0.1:8080")),
          maximumDocumentBytes: 100,
          maximumRequestBytes: 10
        ),
        limits: .init(head: .seconds(10), body: .seconds(30), idle: .seconds(60), stalled: .seconds(120)),
        isRefused: isRefused
      )
      channel = EmbeddedChannel(loop: loop)
      channel.localAddress = try SocketAddress(ipAddress: "127.0.0.1", port: 8080)
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(HTTPResponseEncoder())
      try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
      try pipeline.addHandler(handler)
      let context = try pipeline.context(handler: handler)
      try pipeline.addHandler(ByteArrivals { handler.received(context: context) }, position: .first)
      try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 5000)).wait()
    }

    func receive(_ text: String) { _ = try? channel.writeInbound(ByteBuffer(string: text)) }

    /// The parts that came through to the routes.
    func parts() throws -> [HTTPServerRequestPart] {
      var parts: [HTTPServerRequestPart] = []
      while let part = try channel.readInbound(as: HTTPServerRequestPart.self) { parts.append(part) }
      return parts
    }

    func answer(_ status: HTTPResponseStatus = .ok, _ body: String = "yes", close: Bool = false) throws {
      var head = HTTPResponseHead(version: .http1_1, status: status)
      head.headers.add(name: "content-length", value: "\(body.utf8.count)")
      if close { head.headers.add(name: "connection", value: "close") }
      try channel.writeOutbound(HTTPServerResponsePart.head(head))
      try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body))))
      try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }

    /// The parts that were sent to the client.
    func sent() throws -> String {
      var text = ""
      while let part = try channel.readOutbound(as: IOData.self) {
        if case .byteBuffer(let buffer) = part { text += String(buffer: buffer) }
      }
      return text
    }
  }

  private static let get = "GET /healthz HTTP/1.1\r\nHost: localhost:8080\r\n\r\n"
  private static let upload =
    "POST /v1/documents HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 50\r\n\r\n"

  @Test("A head that drips is answered with a sentence after its time, and the connection is closed")
  func drippingHead() throws {
    let connection = try Connection()
    connection.receive("GET /heal")
    for _ in 0..<9 {
      connection.loop.advanceTime(by: .seconds(1))
      connection.receive("t")
    }
    #expect(try connection.sent().isEmpty && connection.channel.isActive)
    connection.loop.advanceTime(by: .seconds(1))
    let sent = try connection.sent()
    #expect(sent.hasPrefix("HTTP/1.1 408 ") && sent.contains("longer than 10 seconds"), "\(sent)")
    connection.loop.advanceTime(by: .seconds(2))
    #expect(!connection.channel.isActive)
  }

  @Test("A body that stops is answered with a sentence, one that goes on is not")
  func stoppedBody() throws {
    let connection = try Connection()
    connection.receive(Self.upload)
    for _ in 0..<5 {
      connection.loop.advanceTime(by: .seconds(29))
      connection.receive("x")
    }
    #expect(try connection.sent().isEmpty)
    _ = try connection.parts()
    #expect(throws: HTTPParserError.self) {
      connection.loop.advanceTime(by: .seconds(30))
      try connection.channel.throwIfErrorCaught()
    }
    #expect(try connection.sent().hasPrefix("HTTP/1.1 408 "))
    // The route's answer to the broken body is dropped.
    #expect(throws: ChannelError.self) { try connection.answer() }
    #expect(try connection.sent().isEmpty)
  }

  @Test("An idle connection is closed without a word, before the first request and after one")
  func idle() throws {
    for asksBefore in [false, true] {
      let connection = try Connection()
      if asksBefore {
        connection.loop.advanceTime(by: .seconds(50))
        connection.receive(Self.get)
        try connection.answer()
        #expect(try connection.sent().hasSuffix("yes"))
      }
      connection.loop.advanceTime(by: .seconds(59))
      #expect(connection.channel.isActive)
      connection.loop.advanceTime(by: .seconds(1))
      #expect(!connection.channel.isActive)
      #expect(try connection.sent().isEmpty)
    }
  }

  @Test("An answer takes the time it takes, and a stream goes on while the client reads")
  func longAnswer() throws {
    let connection = try Connection()
    connection.receive(Self.get)
    connection.loop.advanceTime(by: .hours(2))
    #expect(connection.channel.isActive)
    try connection.answer()
    #expect(try connection.sent().hasPrefix("HTTP/1.1 200 "))
    // A client that reads nothing is given up.
    connection.receive(Self.get)
    connection.channel.isWritable = false
    connection.channel.pipeline.fireChannelWritabilityChanged()
    connection.loop.advanceTime(by: .seconds(119))
    #expect(connection.channel.isActive)
    connection.loop.advanceTime(by: .seconds(1))
    #expect(!connection.channel.isActive)
  }

  @Test("A connection without room for it is told so and closed")
  func full() throws {
    let connection = try Connection(isRefused: true)
    let sent = try connection.sent()
    #expect(sent.hasPrefix("HTTP/1.1 503 ") && sent.contains("as many connections"), "\(sent)")
    connection.receive(Self.get)
    #expect(try connection.parts().isEmpty)
    connection.loop.advanceTime(by: .seconds(2))
    #expect(!connection.channel.isActive)
  }

  @Test("A refused request reaches no route")
  func refused() throws {
    let connection = try Connection()
    connection.receive("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n" + Self.get)
    #expect(try connection.parts().isEmpty)
    let sent = try connection.sent()
    #expect(sent.hasPrefix("HTTP/1.1 403 ") && sent.firstRange(of: "200 OK") == nil, "\(sent)")
  }

  @Test("Leave to send a body is given at once, unless the body is too long")
  func leave() throws {
    let short = try Connection()
    short.receive(Self.upload.replacing("Content-Length", with: "Expect: 100-continue\r\nContent-Length"))
    #expect(try short.sent() == "HTTP/1.1 100 Continue\r\n\r\n")
    short.receive(String(repeating: "x", count: 50))
    try short.answer()
    #expect(try short.sent().hasPrefix("HTTP/1.1 200 "))
    let long = try Connection()
    long.receive(
      Self.upload.replacing("Content-Length: 50", with: "Expect: 100-continue\r\nContent-Length: 101")
    )
    #expect(try long.sent().isEmpty)
  }

  @Test("An answer that closes the connection closes it")
  func closing() throws {
    let connection = try Connection()
    connection.receive(Self.get)
    try connection.answer(close: true)
    #expect(try connection.sent().hasSuffix("yes"))
    connection.loop.advanceTime(by: .seconds(2))
    #expect(!connection.channel.isActive)
  }
}
