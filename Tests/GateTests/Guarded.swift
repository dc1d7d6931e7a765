internal import Addresses
internal import Gate
internal import Logging
internal import NNG

/// Two sockets of libnng's behind a gate, which answer each request with its own bytes.
struct Guarded: Sendable {
  let gate: Gate
  let control: ReplySocket
  let bulk: ReplySocket

  /// The most bytes of a message on the bulk socket.
  static let bulkBytes = 64 << 10

  /// Opens a gate and serves while the body runs.
  static func running(
    at address: CoordinatorAddress = .freePort,
    connections: Int = 64,
    _ body: @escaping @Sendable (Guarded) async throws -> Void
  ) async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let control = try ReplySocket(options: SocketOptions(maximumReceiveBytes: 4096))
    let bulk = try ReplySocket(options: SocketOptions(maximumReceiveBytes: bulkBytes))
    let gate = try Gate(
      ListeningSockets(on: address),
      control: control,
      bulk: bulk,
      limits: Gate.Limits(
        census: Census.Limits(total: connections),
        controlBytes: 4096,
        bulkBytes: bulkBytes,
        replyBytes: bulkBytes
      ),
      logger: logger
    )
    let guarded = Guarded(gate: gate, control: control, bulk: bulk)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for socket in [control, bulk] {
        group.addTask {
          while !Task.isCancelled {
            guard let request = try? await socket.receive() else { break }
            try? await request.reply(try request.withBytes { try NNGMessage(copying: $0) })
          }
          return false
        }
      }
      group.addTask {
        await gate.run()
        return false
      }
      group.addTask {
        try await body(guarded)
        return true
      }
      defer { group.cancelAll() }
      for try await isOver in group where isOver { return }
    }
  }

  /// Returns true if a worker gets its own bytes back, on either socket.
  func serves() async throws -> Bool {
    for bytes in [[8, 4, 0], Purpose.bulk.probe + Array(repeating: 7, count: Self.bulkBytes - 100)] {
      let socket = try RequestSocket(dialing: gate.address.description)
      let reply = try await socket.request(NNGMessage(copying: bytes as [UInt8]), timeout: .seconds(10))
      guard reply.withBytes({ $0.elementsEqual(bytes) }) else { return false }
      await socket.closeWhenQuiet(within: .seconds(5))
    }
    return true
  }
}
