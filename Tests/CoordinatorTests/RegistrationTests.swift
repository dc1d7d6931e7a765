internal import Addresses
internal import Cluster
internal import Coordinator
internal import KVFormat
internal import NNG
internal import Scheduling
internal import TestSupport
internal import Testing
internal import Wire

@Suite(.timeLimit(.minutes(1)))
struct RegistrationTests {
  @Test func aWorkerIsTakenInAndShown() async throws {
    try await TestHub.running { hub in
      let worker = try await ScriptedWorker.join(
        hub,
        ScriptedWorker.registration(name: "left hand", lanes: 3)
      )
      #expect(worker.registered.session != 0)
      #expect(worker.registered.heartbeatPeriod == .seconds(5))
      #expect(worker.registered.maxFrameBytes == ScriptedWorker.frameBytes)
      #expect(worker.registered.bulkPort == 0)
      let shown = try #require(hub.workers().first)
      #expect(shown.id == "w1")
      #expect(shown.name == "left hand")
      #expect(shown.address.hasPrefix("127.0.0.1:"))
      #expect(shown.lanes == 3)
      #expect(shown.compute == "bf16")
      #expect(shown.state == .connected)
      #expect(shown.chunks == 0)
      try await worker.bye()
      #expect(hub.workers().map(\.state) == [.left])
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4])
  func aMismatchIsRefusedWithBothValues(property: Int) async throws {
    var request = ScriptedWorker.registration()
    let (theirs, ours): (String, String)
    switch property {
    case 0:
      request.identities[0].modelSHA256 = String(repeating: "12", count: 32)
      (theirs, ours) = (request.identities[0].modelSHA256, TestHub.identity.modelSHA256)
    case 1:
      request.identities[0].tokenizerSHA256 = String(repeating: "34", count: 32)
      (theirs, ours) = (request.identities[0].tokenizerSHA256, TestHub.identity.tokenizerSHA256)
    case 2:
      request.identities[0].rope.theta = 500_000
      (theirs, ours) = ("500000.0", "10000.0")
    case 3:
      request.identities[0].kvType = .f32
      (theirs, ours) = ("f32", "bf16")
    default:
      request.identities[0].shape.layers = 31
      (theirs, ours) = ("31", "4")
    }
    let refusal = try await refusal(of: request)
    #expect(refusal.code == .identity)
    #expect(refusal.message.contains(theirs))
    #expect(refusal.message.contains(ours))
  }

  @Test(arguments: ["", "wrong", "secre", "secretsecret"])
  func aWrongTokenIsRefused(token: String) async throws {
    var configuration = TestHub.configuration
    configuration.workerToken = "secret"
    var request = ScriptedWorker.registration()
    request.workerToken = token
    // Not even the model is compared for a stranger.
    request.identities[0].modelSHA256 = "other"
    let refusal = try await refusal(of: request, configuration)
    #expect(refusal.code == .notAuthorised)
    #expect(!refusal.message.contains("secret"))
  }

  @Test func theRightTokenIsTaken() async throws {
    var configuration = TestHub.configuration
    configuration.workerToken = "secret"
    try await TestHub.running(configuration) { hub in
      var request = ScriptedWorker.registration()
      request.workerToken = "secret"
      let worker = try await ScriptedWorker.join(hub, request)
      try await worker.bye()
    }
  }

  @Test func anotherProtocolVersionIsRefusedWithBothValues() async throws {
    try await TestHub.running { hub in
      let socket = try RequestSocket(dialing: hub.boundAddress)
      let request = ProtoBytes().number(1, 77).message(2, ProtoBytes().number(2, 1))
      let body = try await ScriptedWorker.exchange(socket, bytes: request.bytes)
      guard case .refused(let refusal) = body else {
        Issue.record("answered by \(body)")
        return
      }
      #expect(refusal.code == .protocolVersion)
      #expect(refusal.message.contains("77"))
      #expect(refusal.message.contains("\(WireProtocol.version)"))
      #expect(hub.workers().isEmpty)
    }
  }

  @Test func garbageIsRefusedAndServiceGoesOn() async throws {
    try await TestHub.running { hub in
      let control = try RequestSocket(dialing: hub.boundAddress)
      let bulk = try RequestSocket(dialing: hub.boundAddress)
      for length in [0, 1, 59, 60, 61, 1000] {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 0xC1) }
        _ = try await control.request(try NNGMessage(copying: bytes), timeout: .seconds(10))
        _ = try await bulk.request(try NNGMessage(copying: bytes), timeout: .seconds(10))
      }
      let worker = try await ScriptedWorker.join(hub)
      try await worker.bye()
    }
  }

  @Test func anUnknownSessionMustRegister() async throws {
    try await TestHub.running { hub in
      let worker = try await ScriptedWorker.join(hub)
      for body: WorkerRequest in [
        .heartbeat(HeartbeatRequest(session: 5)), .lease(LeaseRequest(session: 5, wait: .zero)),
        .fail(FailRequest(session: 5, token: 0, reason: "")),
      ] {
        guard case .reregister = try await worker.ask(body) else {
          Issue.record("an unknown session was served")
          return
        }
      }
      // Another connection may not use the session either.
      let stranger = try RequestSocket(dialing: hub.boundAddress)
      let reply = try await ScriptedWorker.exchange(
        stranger,
        .heartbeat(HeartbeatRequest(session: worker.registered.session))
      )
      guard case .reregister = reply else {
        Issue.record("a session was served over another connection")
        return
      }
    }
  }

  @Test func aWorkerThatRegistersAgainReplacesItself() async throws {
    try await TestHub.running { hub in
      let request = ScriptedWorker.registration()
      let first = try await ScriptedWorker.join(hub, request)
      let second = try await ScriptedWorker.join(hub, request)
      #expect(first.registered.session != second.registered.session)
      #expect(hub.workers().filter { $0.state == .connected }.map(\.id) == ["w2"])
      guard case .reregister = try await first.heartbeat() else {
        Issue.record("the old session is still served")
        return
      }
    }
  }

  @Test func aPortInUseIsSaidClearly() async throws {
    try await TestHub.running { hub in
      var configuration = TestHub.configuration
      configuration.listen = hub.address
      let error = #expect(throws: (any Error).self) {
        try WorkerHub(configuration: configuration, logger: TestHub.logger)
      }
      let sentence = error.map { "\($0)" } ?? ""
      #expect(sentence.hasPrefix("cannot listen on \(hub.boundAddress): the port is in use"))
    }
  }

  private func refusal(
    of request: RegisterRequest,
    _ configuration: HubConfiguration = TestHub.configuration
  ) async throws -> Refusal {
    try await TestHub.running(configuration) { hub in
      let socket = try RequestSocket(dialing: hub.boundAddress)
      let reply = try await ScriptedWorker.exchange(socket, .register(request))
      #expect(hub.workers().isEmpty)
      guard case .refused(let refusal) = reply else {
        throw ScriptedWorker.Unexpected(description: "answered by \(reply)")
      }
      return refusal
    }
  }
}
