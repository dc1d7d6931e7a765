internal import Cluster
internal import Coordinator
internal import KVFormat
internal import NNG
internal import Scheduling
internal import Testing
internal import Wire
internal import Worker

@Suite("Several models", .timeLimit(.minutes(1)))
struct ModelTests {
  private static let second = ModelIndex(rawValue: 1)
  private static let otherJob = "6f1c2d2e-0000-4000-8000-000000000002"

  private static var configuration: HubConfiguration {
    var configuration = TestHub.configuration
    configuration.identities = [TestHub.identity, TestHub.otherIdentity]
    return configuration
  }

  private static func registration(_ identities: [ModelIdentity], lanes: Int = 1) -> RegisterRequest {
    var request = ScriptedWorker.registration(lanes: lanes)
    request.identities = identities
    return request
  }

  @Test func aLeaseNamesTheModelByItsPlaceInTheWorkersList() async throws {
    try await TestHub.running(Self.configuration) { hub in
      var stranger = TestHub.identity
      stranger.modelSHA256 = "99"
      let models = [stranger, TestHub.otherIdentity, TestHub.identity]
      let worker = try await ScriptedWorker.join(hub, Self.registration(models, lanes: 2))
      #expect(hub.workers().map(\.models) == [[.first, Self.second]])
      let first = try hub.submit(TestHub.job([4]))
      let one = try await worker.lease()
      let other = try hub.submit(TestHub.job([5], id: Self.otherJob, model: Self.second))
      let two = try await worker.lease()
      #expect((one.model, two.model) == (2, 1))
      _ = try await worker.deliver(one)
      _ = try await worker.deliver(two)
      #expect(await JobRecord(first).summary?.chunks == 1)
      #expect(await JobRecord(other).summary?.chunks == 1)
      try await worker.bye()
    }
  }

  @Test func aJobWaitsForAWorkerThatHasItsModel() async throws {
    try await TestHub.running(Self.configuration) { hub in
      let first = try await ScriptedWorker.join(hub)
      let job = TestHub.job([4, 5], model: Self.second)
      let events = try hub.submit(job)
      guard case .nothing = try await first.poll(waiting: 200) else {
        Issue.record("a worker got a chunk of a model that it does not have")
        return
      }
      #expect(hub.connectedWorkers(with: Self.second) == 0)
      let pace = TestWorker.Pace()
      let worker = try TestWorker.make(
        hub.boundAddress,
        name: "real",
        pace: pace,
        identities: [TestHub.otherIdentity]
      )
      let running = Task { try await worker.run() }
      let record = await JobRecord(events)
      #expect(record.isWhole(job))
      #expect(Set(record.leased.map(\.worker)) == ["w2"])
      running.cancel()
      try await first.bye()
    }
  }

  @Test func aWorkerWithNoneOfTheModelsIsRefusedWithTheFilesOfBoth() async throws {
    try await TestHub.running(Self.configuration) { hub in
      var stranger = TestHub.identity
      stranger.modelSHA256 = "99"
      let socket = try RequestSocket(dialing: hub.boundAddress)
      let reply = try await ScriptedWorker.exchange(socket, .register(Self.registration([stranger])))
      guard case .refused(let refusal) = reply else {
        Issue.record("answered by \(reply)")
        return
      }
      #expect(refusal.code == .identity)
      for hash in ["99", TestHub.identity.modelSHA256, TestHub.otherIdentity.modelSHA256] {
        #expect(refusal.message.contains(hash))
      }
    }
  }

  @Test func aJobOfAModelThatIsNotThereIsRefused() async throws {
    try await TestHub.running(Self.configuration) { hub in
      for index in [2, -1, .max, .min] {
        let job = TestHub.job([4], model: ModelIndex(rawValue: index))
        let error = #expect(throws: HubError.self) { try hub.submit(job) }
        #expect(error?.code == .invalidJob)
      }
    }
  }
}
