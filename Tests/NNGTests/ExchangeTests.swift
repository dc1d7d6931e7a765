internal import NNG
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
  @Test func aMessageGoesAndComesBack() async throws {
    try await EchoServer().serving { server in
      let client = try RequestSocket(dialing: server.address)
      let reply = try await client.request(try NNGMessage(copying: pattern(60)), timeout: .seconds(5))
      #expect(reply.array == pattern(60))
      #expect(client.isConnected)
      #expect(server.socket.pipes.count == 1)
      #expect(await client.closeWhenQuiet(within: .seconds(5)))
    }
  }

  @Test func anEmptyMessageIsAMessage() async throws {
    try await EchoServer().serving { server in
      let client = try RequestSocket(dialing: server.address)
      let reply = try await client.request(try NNGMessage(byteCount: 0), timeout: .seconds(5))
      #expect(reply.byteCount == 0)
    }
  }

  @Test(arguments: [1 << 20, (4 << 20) + 60])
  func largeMessagesArriveWhole(byteCount: Int) async throws {
    try await EchoServer().serving { server in
      let client = try RequestSocket(dialing: server.address)
      for seed in 0..<3 {
        let body = pattern(byteCount, seed: seed)
        let reply = try await client.request(try NNGMessage(copying: body), timeout: .seconds(20))
        #expect(reply.array == body)
      }
    }
  }

  @Test func aConnectionIsKnownBeforeItsFirstRequest() async throws {
    let server = try EchoServer()
    let tell: @Sendable (IncomingRequest) async throws -> Void = { request in
      let isKnown = server.socket.pipes.contains(request.pipe)
      try await request.reply(try NNGMessage(copying: [isKnown ? 1 : 0]))
    }
    try await server.serving(answer: tell) { server in
      for _ in 0..<300 {
        let client = try RequestSocket(dialing: server.address)
        let reply = try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(5))
        #expect(reply.array == [1])
        #expect(await client.closeWhenQuiet(within: .seconds(5)))
      }
    }
  }

  @Test func manyRequestsAreUnderWayAtOnce() async throws {
    try await EchoServer().serving { server in
      let client = try RequestSocket(dialing: server.address)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<200 {
          group.addTask {
            let body = pattern(100 + index, seed: index)
            let reply = try await client.request(try NNGMessage(copying: body), timeout: .seconds(20))
            return reply.array == body
          }
        }
        for try await isSame in group { #expect(isSame) }
      }
    }
  }

  @Test func aParkedRequestDoesNotBlockOthers() async throws {
    let answer: @Sendable (IncomingRequest) async throws -> Void = { request in
      let isPoll = request.withBytes { $0.first == 1 }
      if isPoll {
        // A poll leaves the task that received it, as a server does that must go on receiving.
        Task {
          try await Task.sleep(for: .seconds(2))
          try await request.reply(try NNGMessage(copying: [2]))
        }
      } else {
        try await EchoServer.echo(request)
      }
    }
    try await EchoServer().serving(tasks: 1, answer: answer) { server in
      let client = try RequestSocket(dialing: server.address)
      let clock = ContinuousClock()
      let start = clock.now
      async let poll = client.request(try NNGMessage(copying: [1]), timeout: .seconds(5)).array
      try await Task.sleep(for: .milliseconds(50))
      for _ in 0..<20 {
        let reply = try await client.request(try NNGMessage(copying: [7]), timeout: .seconds(5))
        #expect(reply.array == [7])
      }
      let answered = clock.now - start
      #expect(try await poll == [2])
      #expect(clock.now - start >= .seconds(2))
      #expect(answered < .seconds(2))
    }
  }

  @Test func aRequestIsAnsweredOnce() async throws {
    let answer: @Sendable (IncomingRequest) async throws -> Void = { request in
      try await EchoServer.echo(request)
      #expect(await NNGMessage.outcome { try await EchoServer.echo(request) } == .wrongState)
    }
    try await EchoServer().serving(answer: answer) { server in
      let client = try RequestSocket(dialing: server.address)
      _ = try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(5))
    }
  }

  @Test func thePeerHasAnAddress() async throws {
    let answer: @Sendable (IncomingRequest) async throws -> Void = { request in
      #expect(request.pipe.rawValue > 0)
      try await EchoServer.echo(request)
    }
    try await EchoServer().serving(answer: answer) { server in
      let client = try RequestSocket(dialing: server.address)
      _ = try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(5))
      let pipe = try #require(server.socket.pipes.first)
      let address = try #require(server.socket.peerAddress(of: pipe))
      #expect(address.hasPrefix("127.0.0.1:"))
    }
  }
}
