internal import NNG
internal import Synchronization
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
  @Test func aPortInUseIsSaidClearly() throws {
    let first = try EchoServer()
    let second = try ReplySocket()
    let error = #expect(throws: NNGError.self) { try second.listen(on: first.address) }
    #expect(error?.code == .addressInUse)
    #expect(error?.message.contains(first.address) == true)
    #expect(error?.message.contains("in use") == true)
  }

  @Test(arguments: ["nonsense", "tcp://", "http//127.0.0.1"])
  func anAddressThatIsNoneIsRefused(address: String) throws {
    let socket = try ReplySocket()
    #expect(throws: NNGError.self) { try socket.listen(on: address) }
    #expect(throws: NNGError.self) { try RequestSocket(dialing: address) }
  }

  @Test func noServerMeansATimeOut() async throws {
    let server = try EchoServer()
    #expect(await server.socket.closeWhenQuiet(within: .seconds(5)))
    let client = try RequestSocket(dialing: server.address)
    let outcome = await NNGMessage.outcome {
      _ = try await client.request(try NNGMessage(copying: [1]), timeout: .milliseconds(200))
    }
    #expect(outcome == .timedOut)
    #expect(!client.isConnected)
    client.abandon()
  }

  @Test func noAnswerMeansATimeOut() async throws {
    let kept = Mutex<[IncomingRequest]>([])
    try await EchoServer().serving(answer: { request in kept.withLock { $0.append(request) } }) { server in
      let client = try RequestSocket(dialing: server.address)
      let clock = ContinuousClock()
      let start = clock.now
      let outcome = await NNGMessage.outcome {
        _ = try await client.request(try NNGMessage(copying: [1]), timeout: .milliseconds(200))
      }
      #expect(outcome == .timedOut)
      #expect(clock.now - start >= .milliseconds(190))
      #expect(clock.now - start < .seconds(5))
    }
  }

  @Test func receivingCanTimeOut() async throws {
    let server = try EchoServer()
    #expect(
      await NNGMessage.outcome { _ = try await server.socket.receive(timeout: .milliseconds(50)) }
        == .timedOut
    )
  }

  @Test func aDyingServerFailsTheRequest() async throws {
    // The way back goes as the server's whole socket is closed while the request waits.
    let server = try EchoServer()
    let client = try RequestSocket(dialing: server.address)
    async let outcome = NNGMessage.outcome {
      _ = try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(20))
    }
    // Received, never answered, dropped.
    do { _ = try await server.socket.receive() }
    #expect(await server.socket.closeWhenQuiet(within: .seconds(5)))
    #expect(await outcome == .peerLost)
  }

  @Test func connectionsComeAndGo() async throws {
    let server = try EchoServer()
    let first = try RequestSocket(dialing: server.address)
    var events = server.socket.pipeEvents.makeAsyncIterator()
    let added = await events.next()
    #expect(added?.kind == .added)
    #expect(await first.closeWhenQuiet(within: .seconds(5)))
    let removed = await events.next()
    #expect(removed?.kind == .removed)
    #expect(removed?.pipe == added?.pipe)
    #expect(server.socket.pipes.isEmpty)
  }

  @Test func aClientComesBackToARestartedServer() async throws {
    let server = try EchoServer()
    let client = try RequestSocket(dialing: server.address)
    try await server.serving { _ in
      _ = try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(5))
    }
    #expect(await server.socket.closeWhenQuiet(within: .seconds(5)))
    try await EchoServer(at: server.address).serving { _ in
      let reply = try await client.request(try NNGMessage(copying: [2]), timeout: .seconds(10))
      #expect(reply.array == [2])
    }
  }

  @Test func aMessageOverTheLimitIsRefusedBeforeItIsSent() async throws {
    try await EchoServer().serving { server in
      let client = try RequestSocket(
        dialing: server.address,
        options: SocketOptions(maximumSendBytes: 1000)
      )
      let outcome = await NNGMessage.outcome {
        _ = try await client.request(try NNGMessage(byteCount: 1001), timeout: .seconds(5))
      }
      #expect(outcome == .messageTooLarge)
      let reply = try await client.request(try NNGMessage(byteCount: 1000), timeout: .seconds(5))
      #expect(reply.byteCount == 1000)
    }
  }

  @Test func aMessageOverThePeersLimitIsNotAccepted() async throws {
    let seen = Atomic(0)
    let server = try EchoServer(options: SocketOptions(maximumReceiveBytes: 1000))
    let answer: @Sendable (IncomingRequest) async throws -> Void = { request in
      seen.add(request.byteCount, ordering: .relaxed)
      try await EchoServer.echo(request)
    }
    try await server.serving(answer: answer) { server in
      let client = try RequestSocket(dialing: server.address)
      let outcome = await NNGMessage.outcome {
        _ = try await client.request(try NNGMessage(byteCount: 5000), timeout: .seconds(2))
      }
      #expect(outcome == .peerLost)
      // The connection comes back by itself, and nothing was sent again behind our back.
      let reply = try await client.request(try NNGMessage(byteCount: 1000), timeout: .seconds(10))
      #expect(reply.byteCount == 1000)
    }
    #expect(seen.load(ordering: .relaxed) == 1000)
  }

  @Test func aClosedSocketSaysSo() async throws {
    let server = try EchoServer()
    let client = try RequestSocket(dialing: server.address)
    client.abandon()
    let outcome = await NNGMessage.outcome {
      _ = try await client.request(try NNGMessage(byteCount: 1), timeout: .seconds(2))
    }
    #expect(outcome == .closed)
  }
}
