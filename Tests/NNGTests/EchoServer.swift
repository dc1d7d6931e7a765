internal import NNG

/// A reply socket on a free loopback port whose tasks answer every request by a rule.
struct EchoServer: Sendable {
  let socket: ReplySocket
  let address: String

  init(options: SocketOptions = SocketOptions(), at address: String = "tcp://127.0.0.1:0") throws {
    socket = try ReplySocket(options: options)
    self.address = try socket.listen(on: address)
  }

  /// Serves while the body runs, then cancels the tasks that serve and closes what is quiet.
  func serving<Result: Sendable>(
    tasks: Int = 8,
    answer: @escaping @Sendable (IncomingRequest) async throws -> Void = Self.echo,
    _ body: @escaping @Sendable (EchoServer) async throws -> Result
  ) async throws -> Result {
    let result = try await withThrowingTaskGroup(of: Result?.self) { group in
      for _ in 0..<tasks {
        group.addTask {
          while !Task.isCancelled {
            do {
              let request = try await socket.receive()
              try await answer(request)
            } catch is CancellationError {
              return nil
            }
          }
          return nil
        }
      }
      group.addTask { try await body(self) }
      var result: Result?
      while let next = try await group.next() {
        if let next {
          result = next
          break
        }
      }
      group.cancelAll()
      return result
    }
    guard let result else { throw CancellationError() }
    return result
  }

  static let echo: @Sendable (IncomingRequest) async throws -> Void = { request in
    try await request.reply(
      try request.withBytes { bytes throws(NNGError) in try NNGMessage(copying: bytes) }
    )
  }
}

extension NNGMessage {
  /// The body as an array.
  var array: [UInt8] { withBytes { Array($0) } }

  /// The kind of failure an exchange ends with, nil when it succeeds.
  static func outcome(_ body: () async throws -> Void) async -> NNGError.Code? {
    do {
      try await body()
      return nil
    } catch let error as NNGError {
      return error.code
    } catch {
      return .canceled
    }
  }
}

/// Bytes that differ from offset to offset.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8) &+ seed) }
}
