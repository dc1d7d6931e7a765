internal import Cluster
internal import Scheduling
internal import Testing

@Suite("Several models, decided without sockets")
struct ModelDecisionTests {
  private let other = ModelIndex(rawValue: 1)

  @Test func aJobWaitsForAWorkerWithItsModel() throws {
    let cluster = TestCluster()
    let a = cluster.join("a")
    cluster.poll(a, over: "a", as: "a", wait: .seconds(20))
    try cluster.submit(TestCluster.job([20], model: other))
    #expect(cluster.reply(to: "a") == nil, "the worker does not have the model")
    #expect(cluster.state.connectedWorkers(with: other) == 0)
    #expect(cluster.state.connectedWorkers(with: .first) == 1)
    let b = cluster.join("b", models: [other: 0])
    let grant = try #require(cluster.lease(b, over: "b"))
    #expect(grant.modelPlace == 0)
    #expect(cluster.state.connectedWorkers(with: other) == 1)
    #expect(cluster.reply(to: "a") == nil)
    #expect(cluster.state.invariantViolation() == nil)
  }

  @Test func aLeaseNamesTheModelByItsPlaceInTheWorkersList() throws {
    let cluster = TestCluster()
    let a = cluster.join("a", models: [.first: 4, other: 2], lanes: 2)
    try cluster.submit(TestCluster.job([20]))
    try cluster.submit(TestCluster.job([20], model: other), as: JobID(rawValue: 8))
    let places = (0..<2).compactMap { _ in cluster.lease(a, over: "a").map { ($0.lease.job, $0.modelPlace) } }
    #expect(places.map(\.0) == [TestCluster.job, JobID(rawValue: 8)])
    #expect(places.map(\.1) == [4, 2])
  }

  @Test func aWaitingPollIsAnsweredByAJobOfItsModelBehindOneOfAnother() throws {
    let cluster = TestCluster()
    let b = cluster.join("b", models: [other: 0])
    cluster.poll(b, over: "b", wait: .seconds(20))
    try cluster.submit(TestCluster.job([20, 20]))
    #expect(cluster.reply(to: "poll") == nil)
    try cluster.submit(TestCluster.job([20], model: other), as: JobID(rawValue: 8))
    guard case .grant(let grant)? = cluster.reply(to: "poll") else {
      Issue.record("the poll was not answered by the job of its model")
      return
    }
    #expect(grant.lease.job == JobID(rawValue: 8))
  }

  @Test func theWorkersOfAModelAreShownWithIt() throws {
    let cluster = TestCluster()
    _ = cluster.join("a")
    let b = cluster.join("b", models: [other: 0, .first: 1])
    let shown = cluster.state.snapshots(at: cluster.now, shownAfterLoss: .seconds(60))
    #expect(shown.map(\.models) == [[.first], [.first, other]])
    cluster.beat(b, over: "b", isDraining: true)
    #expect(cluster.state.connectedWorkers(with: other) == 0, "it takes no more chunks")
  }

  @Test func aWorkerWithoutTheModelGetsNoCopy() throws {
    let cluster = TestCluster()
    let (a, b) = (cluster.join("a", lanes: 2), cluster.join("b", models: [other: 0]))
    try cluster.submit(TestCluster.job([20, 20]))
    let quick = try #require(cluster.lease(a, over: "a"))
    let slow = try #require(cluster.lease(a, over: "a"))
    cluster.announce(quick, from: a, bytes: 2000)
    cluster.pass(.seconds(1))
    cluster.complete(quick)
    _ = cluster.takeReplies()
    cluster.pass(.seconds(2))
    cluster.beat(a, over: "a", running: [(slow.lease.token, 1)])
    cluster.poll(b, over: "b", wait: .seconds(20))
    cluster.pass(.milliseconds(500))
    cluster.tick()
    #expect(cluster.reply(to: "poll") == nil)
    let c = cluster.join("c")
    #expect(cluster.lease(c, over: "c")?.lease.isSpeculative == true)
  }
}
