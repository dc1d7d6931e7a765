internal import Cluster
internal import KVFormat
internal import Scheduling
internal import Testing

@Suite("Leases and sessions, decided without sockets")
struct LeaseDecisionTests {
  @Test func aPollWaitsForWorkAndIsAnsweredByTheJob() throws {
    let cluster = TestCluster()
    let a = cluster.join("a")
    cluster.poll(a, over: "a", wait: .seconds(20))
    #expect(cluster.reply(to: "poll") == nil)
    cluster.pass(.seconds(3))
    try cluster.submit(TestCluster.job([20]))
    guard case .grant(let grant)? = cluster.reply(to: "poll") else {
      Issue.record("the poll was not answered by the job")
      return
    }
    #expect(grant.lease.chunk == 0)
    #expect(grant.since == cluster.now, "the worker could have had it since the job came")
    #expect(cluster.events == [.leased(chunk: 0, worker: "w1", attempt: 1)])
  }

  @Test func aPollIsAnsweredWhenItsTimeIsUp() {
    let cluster = TestCluster()
    let a = cluster.join("a")
    cluster.poll(a, over: "a", wait: .seconds(2))
    cluster.pass(.milliseconds(1999))
    cluster.tick()
    #expect(cluster.reply(to: "poll") == nil)
    cluster.pass(.milliseconds(1))
    cluster.tick()
    #expect(cluster.reply(to: "poll")?.name == "nothing")
  }

  @Test func aWorkerWaitsWithOnePollForEachLane() {
    let cluster = TestCluster()
    let a = cluster.join("a", lanes: 2)
    for name in ["1", "2", "3"] { cluster.poll(a, over: "a", as: name, wait: .seconds(20)) }
    #expect(cluster.takeReplies().map(\.request) == ["3"])
    #expect(cluster.state.invariantViolation() == nil)
  }

  @Test func aSessionIsServedOverItsOwnConnectionOnly() {
    let cluster = TestCluster()
    let a = cluster.join("a")
    cluster.poll(a, over: "b")
    #expect(cluster.reply(to: "poll")?.name == "reregister")
    cluster.poll(a + 1, over: "a")
    #expect(cluster.reply(to: "poll")?.name == "reregister")
    cluster.beat(a, over: "b")
    #expect(cluster.reply(to: "beat")?.name == "reregister")
    cluster.beat(a, over: "a")
    #expect(cluster.reply(to: "beat")?.name == "directives []")
  }

  @Test func aWorkerThatRegistersAgainReplacesItself() throws {
    let cluster = TestCluster()
    try cluster.submit(TestCluster.job([20]))
    let first = cluster.join("a")
    _ = try #require(cluster.lease(first, over: "a"))
    let second = cluster.join("a")
    #expect(first != second)
    cluster.beat(first, over: "a")
    #expect(cluster.reply(to: "beat")?.name == "reregister")
    let grant = try #require(cluster.lease(second, over: "a"))
    #expect(grant.lease.attempt == 2)
    let shown = cluster.state.snapshots(at: cluster.now, shownAfterLoss: .seconds(60))
    #expect(shown.map(\.id) == ["w2", "w1"])
    #expect(shown.map(\.state) == [.connected, .lost])
  }

  @Test func aLostWorkersChunkGoesToOneThatWaits() throws {
    let cluster = TestCluster()
    let (a, b) = (cluster.join("a"), cluster.join("b"))
    try cluster.submit(TestCluster.job([150]))
    let grant = try #require(cluster.lease(a, over: "a"))
    cluster.announce(grant, from: a, bytes: 15_000)
    #expect(cluster.reply(to: "begin")?.name == "send from 0")
    cluster.poll(b, over: "b", wait: .seconds(20))
    cluster.perform(cluster.state.disconnected("a", at: cluster.now))
    #expect(cluster.dropped == [grant.lease.token])
    guard case .grant(let next)? = cluster.reply(to: "poll") else {
      Issue.record("the chunk did not go to the worker that waits")
      return
    }
    #expect(next.lease.token > grant.lease.token)
    #expect(cluster.events.contains(.retried(chunk: 0, reason: "the worker's connection was lost")))
    cluster.complete(grant)
    #expect(cluster.reply(to: "end")?.name == "superseded")
    cluster.announce(next, from: b, bytes: 15_000)
    cluster.complete(next)
    #expect(cluster.takeReplies().map(\.reply.name) == ["send from 0", "committed"])
    guard case .finished(let summary)? = cluster.events.last else {
      Issue.record("the job did not end")
      return
    }
    #expect((summary.chunks, summary.tokens, summary.retries) == (1, 150, 1))
  }

  @Test func aSilentWorkersChunkGoesToAnother() throws {
    let cluster = TestCluster()
    let (a, b) = (cluster.join("a"), cluster.join("b"))
    try cluster.submit(TestCluster.job([150]))
    let grant = try #require(cluster.lease(a, over: "a"))
    cluster.beat(a, over: "a", running: [(grant.lease.token, 1)])
    for _ in 0..<12 {
      cluster.pass(.milliseconds(250))
      cluster.beat(b, over: "b")
      cluster.tick()
    }
    let next = try #require(cluster.lease(b, over: "b"))
    #expect(next.lease.attempt == 2)
    #expect(cluster.events.contains(.retried(chunk: 0, reason: "the worker fell silent")))
    _ = cluster.takeReplies()
    cluster.beat(a, over: "a", running: [(grant.lease.token, 2)])
    #expect(cluster.reply(to: "beat")?.name == "reregister")
  }

  @Test func anUnconfirmedLeaseComesBack() throws {
    let cluster = TestCluster()
    let a = cluster.join("a", lanes: 2)
    try cluster.submit(TestCluster.job([20]))
    let lost = try #require(cluster.lease(a, over: "a"))
    for _ in 0..<12 {
      cluster.pass(.milliseconds(250))
      cluster.beat(a, over: "a")
      cluster.tick()
    }
    let next = try #require(cluster.lease(a, over: "a"))
    _ = cluster.takeReplies()
    cluster.beat(a, over: "a", running: [(lost.lease.token, 1), (next.lease.token, 1)])
    #expect(cluster.reply(to: "beat")?.name == "directives [\(lost.lease.token.rawValue)]")
    #expect(cluster.state.status(of: TestCluster.job)?.retries == 1)
  }

  @Test func aJobFailsAfterTooManyAttempts() throws {
    let cluster = TestCluster()
    let a = cluster.join("a")
    try cluster.submit(TestCluster.job([20]))
    for _ in 0..<5 {
      let grant = try #require(cluster.lease(a, over: "a"))
      cluster.perform(
        cluster.state.gaveUp(
          grant.lease.token,
          because: "no good today",
          session: a,
          by: "fail",
          over: "a",
          at: cluster.now
        )
      )
    }
    let expected = "chunk 0 failed 5 times, the last time because no good today"
    #expect(cluster.events.last == .failed(.tooManyAttempts(expected)))
    #expect(cluster.state.status(of: TestCluster.job) == nil)
    #expect(cluster.state.invariantViolation() == nil)
  }

  @Test func nobodyGivesUpForAnother() throws {
    let cluster = TestCluster()
    let (a, b) = (cluster.join("a"), cluster.join("b"))
    try cluster.submit(TestCluster.job([20]))
    let grant = try #require(cluster.lease(a, over: "a"))
    let now = cluster.now
    cluster.perform(
      cluster.state.gaveUp(grant.lease.token, because: "spite", session: b, by: "fail", over: "b", at: now)
    )
    #expect(cluster.reply(to: "fail")?.name == "directives []")
    cluster.announce(grant, from: b, bytes: 2_000)
    #expect(cluster.reply(to: "begin")?.name == "superseded")
    cluster.announce(grant, from: a, bytes: 2_000)
    cluster.complete(grant)
    #expect(cluster.reply(to: "end")?.name == "committed")
    #expect(cluster.events.last == .finished(JobSummaryValue.one(tokens: 20)))
  }

  @Test func aCancelledJobEndsItsLeasesAndItsNameIsFreeAgain() throws {
    let cluster = TestCluster()
    let a = cluster.join("a")
    try cluster.submit(TestCluster.job([20, 20]))
    #expect(throws: JobRefusal.running) { try cluster.submit(TestCluster.job([1])) }
    let grant = try #require(cluster.lease(a, over: "a"))
    cluster.announce(grant, from: a, bytes: 2_000)
    cluster.perform(cluster.state.cancelled(TestCluster.job, at: cluster.now))
    #expect(cluster.events.last == .failed(.cancelled))
    #expect(cluster.dropped == [grant.lease.token])
    cluster.beat(a, over: "a", running: [(grant.lease.token, 1)])
    #expect(cluster.reply(to: "beat")?.name == "directives [\(grant.lease.token.rawValue)]")
    try cluster.submit(TestCluster.job([1]))
  }

  @Test func aJobWithoutChunksIsDone() throws {
    let cluster = TestCluster()
    try cluster.submit(TestCluster.job([]))
    #expect(cluster.events == [.finished(JobSummaryValue.none)])
  }

  @Test func drainingTellsWhoWaitsAndLetsWorkEnd() throws {
    let cluster = TestCluster()
    let (a, b) = (cluster.join("a"), cluster.join("b"))
    try cluster.submit(TestCluster.job([20]))
    let grant = try #require(cluster.lease(a, over: "a"))
    cluster.poll(b, over: "b", wait: .seconds(20))
    cluster.perform(cluster.state.drain(at: cluster.now))
    #expect(cluster.reply(to: "poll")?.name == "drain")
    cluster.beat(a, over: "a", running: [(grant.lease.token, 1)])
    #expect(cluster.reply(to: "beat")?.name == "directives [] drain")
    #expect(throws: JobRefusal.shuttingDown) {
      try cluster.submit(TestCluster.job([1]), as: JobID(rawValue: 8))
    }
    #expect(cluster.join("c") == 0)
    cluster.announce(grant, from: a, bytes: 2_000)
    cluster.complete(grant)
    #expect(cluster.events.last == .finished(JobSummaryValue.one(tokens: 20)))
    for (session, name) in [(a, "a"), (b, "b")] {
      cluster.perform(cluster.state.left(session: session, by: "bye", over: name, at: cluster.now))
    }
    #expect(cluster.state.hasNoWorkers)
  }

  @Test func aWorkerThatDrainsIsToldAtOnce() throws {
    let cluster = TestCluster()
    let a = cluster.join("a")
    cluster.poll(a, over: "a", wait: .seconds(20))
    cluster.beat(a, over: "a", isDraining: true)
    #expect(cluster.reply(to: "poll")?.name == "drain")
    let shown = cluster.state.snapshots(at: cluster.now, shownAfterLoss: .seconds(60))
    #expect(shown.map(\.state) == [.draining])
  }

  @Test func stoppingAnswersEveryoneAndFailsTheJobs() throws {
    let cluster = TestCluster(budget: 2_500)
    let a = cluster.join("a", lanes: 2)
    try cluster.submit(TestCluster.job([20, 20]))
    let first = try #require(cluster.lease(a, over: "a"))
    let second = try #require(cluster.lease(a, over: "a"))
    cluster.announce(first, from: a, bytes: 2_000, as: "first")
    cluster.announce(second, from: a, bytes: 2_000, as: "second")
    cluster.poll(a, over: "a", wait: .seconds(20))
    #expect(cluster.takeReplies().map(\.request) == ["first"])
    cluster.perform(cluster.state.stop(at: cluster.now))
    let replies = cluster.takeReplies()
    #expect(Set(replies.map(\.request)) == ["poll", "second"])
    #expect(cluster.events.last == .failed(.shutDown))
    #expect(cluster.state.invariantViolation() == nil)
  }

  @Test(arguments: [KVCodec.bf16, .int8])
  func aCodecIsChosenAmongThoseThatTheWorkerCanSend(_ wanted: KVCodec) throws {
    let cluster = TestCluster()
    let (plain, coding) = (cluster.join("plain"), cluster.join("coding", codecs: [.int8]))
    try cluster.submit(TestCluster.job([20, 20], codec: .fixed(wanted)))
    #expect(try #require(cluster.lease(plain, over: "plain")).codec == .bf16)
    let grant = try #require(cluster.lease(coding, over: "coding"))
    #expect(grant.codec == wanted)
    cluster.announce(grant, from: coding, bytes: wanted == .bf16 ? 2_000 : 1_000)
    #expect(cluster.reply(to: "begin")?.name == "send from 0")
  }
}

/// Summaries as the cluster makes them.
private enum JobSummaryValue {
  static let none = summary([])

  static func one(tokens: Int) -> JobSummary { summary([tokens]) }

  private static func summary(_ tokens: [Int]) -> JobSummary {
    JobSummary(chunks: tokens.count, tokens: tokens.reduce(0, +), retries: 0, copies: 0)
  }
}
