internal import Addresses
internal import KVFormat
internal import Logging
internal import NNG
internal import Synchronization
internal import TestSupport
internal import Testing
internal import Wire
internal import Worker

/// An encoder that no test here calls.
private final class NoEncoder: LaneEncoder {
  func encode(
    _ assignment: ChunkAssignment,
    into destination: UnsafeMutableRawBufferPointer,
    ready: (Int) -> Void,
    isCancelled: () -> Bool
  ) throws -> EncodeReport {
    EncodeReport(computeSeconds: 0, sinkDigest: 0)
  }
}

@Suite("Registration", .timeLimit(.minutes(1)))
struct RegistrationTests {
  static func configuration(_ address: String) throws -> WorkerConfiguration {
    let identity = ModelIdentity(
      modelSHA256: "aa",
      tokenizerSHA256: "bb",
      rope: RopeSettings(theta: 10_000, dimensions: 64, kind: "interleaved"),
      kvType: .bf16,
      shape: KVShape(layers: 4, kvHeads: 2, headDimension: 64)
    )
    var configuration = WorkerConfiguration(
      coordinator: try CoordinatorAddress(parsing: address),
      lanes: 1,
      identities: [identity],
      compute: .f32,
      name: "test"
    )
    configuration.timing.requestTimeout = .milliseconds(300)
    configuration.timing.firstPause = .milliseconds(10)
    configuration.timing.longestPause = .milliseconds(50)
    return configuration
  }

  static func worker(_ configuration: WorkerConfiguration) throws -> WorkerService {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try WorkerService(configuration: configuration, logger: logger) { _ in NoEncoder() }
  }

  /// Runs a worker against a coordinator that answers with these replies, the last one repeatedly.
  static func run(
    answers: [CoordinatorReply]
  ) async throws -> (requests: [WorkerRequest], error: (any Error)?) {
    try await run(answers: answers.map { answer throws(WireError) in try WireCodec.encode(answer) })
  }

  /// Runs a worker against a coordinator that answers with these bytes, the last ones repeatedly.
  static func run(answers: [[UInt8]]) async throws -> (requests: [WorkerRequest], error: (any Error)?) {
    let socket = try ReplySocket()
    let address = try socket.listen(on: "tcp://127.0.0.1:0")
    let worker = try worker(try configuration(address))
    return try await withThrowingTaskGroup(of: (any Error)?.self) { group in
      let seen = Mutex<[WorkerRequest]>([])
      group.addTask {
        do {
          try await worker.run()
          return nil
        } catch {
          return error
        }
      }
      let server = Task {
        var left = answers[...]
        while true {
          let request = try await socket.receive()
          let body = try request.withBytes { bytes in try WireCodec.request(from: bytes) }
          seen.withLock { $0.append(body) }
          let reply = left.count > 1 ? left.removeFirst() : left.first ?? []
          try await request.reply(try NNGMessage(copying: reply))
        }
      }
      let error = try await group.next() ?? nil
      server.cancel()
      return (seen.withLock { $0 }, error)
    }
  }

  static func refused(_ code: Refusal.Code, _ message: String) -> CoordinatorReply {
    .refused(Refusal(code, message))
  }

  /// A reply written by hand: the protocol version, the body's field and its fields.
  static func reply(version: UInt64 = UInt64(WireProtocol.version), _ body: Int, _ fields: ProtoBytes)
    -> [UInt8]
  {
    ProtoBytes().number(1, version).message(body, fields).bytes
  }

  @Test func aRefusalEndsTheWorkerWithTheCoordinatorsWords() async throws {
    let (requests, error) = try await Self.run(answers: [Self.refused(.identity, "yours aa, mine bb")])
    #expect(error as? WorkerError == .refused(reason: "yours aa, mine bb"))
    guard case .register(let request)? = requests.first else {
      Issue.record("the first request is no registration")
      return
    }
    #expect(requests.count == 1)
    #expect((request.identities.first?.modelSHA256, request.lanes, request.compute) == ("aa", 1, .f32))
    #expect(request.incarnation != 0 && request.maxFrameBytes == 2 << 20)
  }

  @Test func aRefusalOfAnotherVersionIsReadToo() async throws {
    // Also a refusal of a kind that only the other version knows.
    for code: UInt64 in [1, 77] {
      let refusal = ProtoBytes().number(1, code).text(2, "versions 1, 9")
      let (_, error) = try await Self.run(answers: [Self.reply(version: 9, 3, refusal)])
      #expect(error as? WorkerError == .refused(reason: "versions 1, 9"))
    }
  }

  @Test func anAnswerOfAnotherVersionEndsTheWorkerNamingBoth() async throws {
    let (_, error) = try await Self.run(answers: [Self.reply(version: 9, 2, ProtoBytes())])
    #expect(
      error as? WorkerError
        == .refused(reason: WireError.protocolVersion(theirs: 9, ours: WireProtocol.version).message)
    )
  }

  @Test func anUnknownTokenIsAnErrorOfItsOwn() async throws {
    let (_, error) = try await Self.run(answers: [Self.refused(.notAuthorised, "no")])
    #expect(error as? WorkerError == .notAuthorised(reason: "no"))
  }

  @Test func anOverloadedCoordinatorIsAskedAgain() async throws {
    let (requests, error) = try await Self.run(answers: [
      Self.refused(.overloaded, "later"), Self.refused(.overloaded, "later"),
      Self.refused(.identity, "never"),
    ])
    #expect(requests.count == 3)
    #expect(error as? WorkerError == .refused(reason: "never"))
  }

  @Test func senselessRegistrationsAreRefused() async throws {
    let registered = ProtoBytes().fixed(1, 1).number(3, 1 << 20).number(4, 70_000)
    let (_, port) = try await Self.run(answers: [Self.reply(2, registered)])
    #expect((port as? WorkerError)?.message.contains("70000") == true)
    let (_, frames) = try await Self.run(
      answers: [
        .registered(
          Registered(session: 1, heartbeatPeriod: .seconds(1), maxFrameBytes: 100, bulkPort: 7700)
        )
      ]
    )
    #expect((frames as? WorkerError)?.message.contains("100 bytes") == true)
  }

  @Test func aCoordinatorThatNeverComesIsGivenUpIfAsked() async throws {
    var configuration = try Self.configuration("tcp://127.0.0.1:1")
    configuration.timing.connectLimit = .milliseconds(500)
    let worker = try Self.worker(configuration)
    let error = await #expect(throws: WorkerError.self) { try await worker.run() }
    let unreachable = try #require(error)
    #expect(unreachable.code == .unreachable)
    let message = unreachable.message
    #expect(message.hasPrefix("no coordinator answers at tcp://127.0.0.1:1, tried for 0 s ("), "\(message)")
    // The address that was tried is named.
    #expect(message.contains("127.0.0.1:1: Connection refused"), "\(message)")
  }

  @Test func cancellingEndsTheSearch() async throws {
    let worker = try Self.worker(try Self.configuration("tcp://127.0.0.1:1"))
    let task = Task { try await worker.run() }
    try await Task.sleep(for: .milliseconds(50))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func impossibleConfigurationsAreNamed() {
    func error(_ change: (inout WorkerConfiguration) -> Void) -> String {
      do {
        var configuration = try Self.configuration("tcp://127.0.0.1:7700")
        change(&configuration)
        _ = try Self.worker(configuration)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(error { _ in } == "")
    #expect(error { $0.lanes = 0 }.contains("0 lanes"))
    #expect(error { $0.frameBytes = 5 }.contains("5 bytes"))
  }

  @Test func anEncoderThatCannotBeMadeIsTheError() async throws {
    let worker = try WorkerService(
      configuration: try Self.configuration("tcp://127.0.0.1:1"),
      logger: Logger(label: "test")
    ) { _ in throw WireError.notAFrame }
    let error = await #expect(throws: WorkerError.self) { try await worker.run() }
    #expect(error == .encoder(WireError.notAFrame))
    #expect(error?.message == "a lane cannot be set up: \(WireError.notAFrame.message)")
    #expect(error?.cause as? WireError == .notAFrame)
  }
}
