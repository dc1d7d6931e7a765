internal import NNG
internal import Synchronization
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
  private enum Ending { case answered, cancelled, other }

  private static func ending(of task: Task<[UInt8], any Error>) async -> Ending {
    switch await task.result {
    case .success: .answered
    case .failure(is CancellationError): .cancelled
    case .failure: .other
    }
  }

  @Test func cancellingBeforeTheStart() async throws {
    try await EchoServer().serving { server in
      let client = try RequestSocket(dialing: server.address)
      for _ in 0..<300 {
        let task = Task {
          try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(10)).array
        }
        task.cancel()
        #expect(await Self.ending(of: task) != .other)
      }
      // The socket works as before.
      let reply = try await client.request(try NNGMessage(copying: [9]), timeout: .seconds(5))
      #expect(reply.array == [9])
    }
  }

  @Test func cancellingRacesWithReplies() async throws {
    let counts = Mutex<[Ending: Int]>([:])
    try await EchoServer().serving { server in
      let client = try RequestSocket(dialing: server.address)
      _ = try await client.request(try NNGMessage(copying: [0]), timeout: .seconds(5))
      for round in 0..<400 {
        let body = pattern(64, seed: round)
        let task = Task {
          let reply = try await client.request(try NNGMessage(copying: body), timeout: .seconds(10))
          #expect(reply.array == body)
          return reply.array
        }
        // From at once to after the usual time of an exchange.
        try await Task.sleep(for: .microseconds(round % 40 * 10))
        task.cancel()
        let ending = await Self.ending(of: task)
        counts.withLock { $0[ending, default: 0] += 1 }
      }
      let reply = try await client.request(try NNGMessage(copying: [9]), timeout: .seconds(5))
      #expect(reply.array == [9])
    }
    let result = counts.withLock { $0 }
    #expect(result[.other] == nil)
    #expect((result[.answered] ?? 0) + (result[.cancelled] ?? 0) == 400)
    #expect((result[.cancelled] ?? 0) > 0)
  }

  @Test func cancellingAWaitingRequestEndsItAtOnce() async throws {
    let kept = Mutex<[IncomingRequest]>([])
    try await EchoServer().serving(answer: { request in kept.withLock { $0.append(request) } }) { server in
      let client = try RequestSocket(dialing: server.address)
      let clock = ContinuousClock()
      let start = clock.now
      let tasks = (0..<50).map { _ in
        Task { try await client.request(try NNGMessage(copying: [1]), timeout: .seconds(30)).array }
      }
      try await Task.sleep(for: .milliseconds(100))
      for task in tasks { task.cancel() }
      for task in tasks { #expect(await Self.ending(of: task) == .cancelled) }
      #expect(clock.now - start < .seconds(10))
      // Answers to requests given up are thrown away and hurt nobody.
      for request in kept.withLock({ $0 }) { try await EchoServer.echo(request) }
      #expect(await client.closeWhenQuiet(within: .seconds(5)))
    }
  }

  @Test func cancellingReceivers() async throws {
    let server = try EchoServer()
    let tasks = (0..<200).map { _ in Task { _ = try await server.socket.receive() } }
    try await Task.sleep(for: .milliseconds(20))
    for task in tasks { task.cancel() }
    for task in tasks {
      let result = await task.result
      #expect(throws: CancellationError.self) { try result.get() }
    }
    #expect(await server.socket.closeWhenQuiet(within: .seconds(5)))
  }

  @Test func closingWaitsForWhatIsUnderWay() async throws {
    let answer: @Sendable (IncomingRequest) async throws -> Void = { request in
      try await Task.sleep(for: .milliseconds(200))
      try await EchoServer.echo(request)
    }
    try await EchoServer().serving(answer: answer) { server in
      let client = try RequestSocket(dialing: server.address)
      async let reply = client.request(try NNGMessage(copying: [3]), timeout: .seconds(5)).array
      try await Task.sleep(for: .milliseconds(50))
      #expect(await !client.closeWhenQuiet(within: .milliseconds(20)))
      #expect(await client.closeWhenQuiet(within: .seconds(5)))
      #expect(try await reply == [3])
    }
  }
}
