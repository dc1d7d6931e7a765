internal import APITypes
internal import HTTPClient
internal import NIOCore
internal import NIOPosix
internal import Testing

@Suite("A client before a server that is no coordinator", .timeLimit(.minutes(1)))
struct StrangeServerTests {
  /// Sends some bytes to whoever connects, as soon as something has come, and closes.
  private final class Babbler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let text: String

    init(_ text: String) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let channel = context.channel
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in
        channel.close(promise: nil)
      }
    }
  }

  private func failure(of text: String, _ ask: @Sendable (CoordinatorClient) async throws -> Void)
    async throws -> String
  {
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Babbler(text))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let url = try CoordinatorURL(parsing: "http://127.0.0.1:\(server.localAddress?.port ?? 0)")
    var message = "no error"
    do {
      try await CoordinatorClient.with(url, ask)
    } catch let error as ClientError {
      message = error.message.replacing(url.description, with: "URL")
    } catch let error as ServiceError {
      message = error.message
    }
    try await server.close()
    for word in ["Dictionary", "Index", "Swift", "Status", "JSONDecoder", "constant string"] {
      #expect(!message.contains(word), "\(message)")
    }
    return message
  }

  private static func reply(_ body: String, _ type: String = "application/json", status: String = "200 OK")
    -> String
  {
    "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test(
    "A status that none is gets a sentence",
    arguments: [
      ("\0SP\0\u{0}\u{31}\0\0", "What answers at URL does not speak HTTP"),
      ("SSH-2.0-OpenSSH_9.6\r\n", "What answers at URL does not speak HTTP"),
      ("", "the port that workers dial"), (reply("<html>"), "no valid JSON"), (reply("[]"), "another kind"),
      (reply("{}"), "the field \""), (reply(#"{"version":7}"#), "the field \"version\" is of another kind"),
      (reply("<html>", status: "404 Not Found"), "status 404"), (reply("", status: "500 Oops"), "status 500"),
    ]
  )
  func status(_ text: String, _ words: String) async throws {
    let message = try await failure(of: text) { _ = try await $0.status() }
    #expect(message.contains(words), "\(message)")
  }

  @Test(
    "An answer that none is gets a sentence",
    arguments: [
      (reply("{}"), "no event stream"),
      (reply("data: {}\n\n", "text/event-stream"), "an event cannot be read"),
      (reply("data: {\"choices\":[{\"delta\":[]}]}\n\n", "text/event-stream"), "an event cannot be read"),
    ]
  )
  func answer(_ text: String, _ words: String) async throws {
    let message = try await failure(of: text) { client in
      for try await _ in try await client.answer(ChatRequest(document: "d", question: "Why?")) {}
    }
    #expect(message.contains(words), "\(message)")
  }
}
