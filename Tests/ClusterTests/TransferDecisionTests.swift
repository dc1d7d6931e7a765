internal import Cluster
internal import KVFormat
internal import Scheduling
internal import Testing

@Suite("Transfers, decided by their byte counts")
struct TransferDecisionTests {
  /// A cluster with one worker that holds leases on all chunks.
  private func cluster(
    _ tokens: [Int],
    budget: Int
  ) throws -> (cluster: TestCluster, session: UInt64, grants: [Cluster.Grant]) {
    let cluster = TestCluster(budget: budget)
    let session = cluster.join("a", lanes: tokens.count)
    try cluster.submit(TestCluster.job(tokens))
    var grants: [Cluster.Grant] = []
    for _ in tokens { grants.append(try #require(cluster.lease(session, over: "a"))) }
    return (cluster, session, grants)
  }

  @Test func bytesArriveAndAreCommitted() throws {
    let (cluster, session, grants) = try cluster([20], budget: 10_000)
    cluster.announce(grants[0], from: session, bytes: 2_000)
    let token = grants[0].lease.token
    cluster.perform(
      cluster.state.stored(token, frameBytes: 64, receivedBytes: 64, by: "frame", at: cluster.now)
    )
    #expect(cluster.takeReplies().map(\.reply.name) == ["send from 0", "accepted"])
    #expect(cluster.events.last == .progress(chunk: 0, receivedBytes: 64, totalBytes: 2_000))
    // The connection breaks, and it goes on where it was.
    cluster.announce(grants[0], from: session, bytes: 2_000)
    #expect(cluster.reply(to: "begin")?.name == "send from 64")
    cluster.complete(grants[0])
    #expect(cluster.reply(to: "end")?.name == "committed")
    guard case .committed(0, token, let report)? = cluster.events.dropLast().last else {
      Issue.record("\(cluster.events)")
      return
    }
    #expect((report.worker, report.computeSeconds, report.wireBytes) == ("w1", 2, 2_000))
    #expect(cluster.dropped == [token], "the memory is handed on, and its transfer forgotten")
    cluster.complete(grants[0])
    #expect(cluster.reply(to: "end")?.name == "superseded", "a chunk is committed once")
  }

  @Test(arguments: [
    (2_001, 64, "expected are 2000"), (2_000, 63, "frames of 63 bytes"),
    (2_000, 8192, "frames of 8192 bytes"),
    (0, 64, "expected are 2000"), (Int.max, 64, "expected are 2000"), (2_000, 0, "frames of 0 bytes"),
  ])
  func aWrongAnnouncementFailsItsLease(bytes: Int, frames: Int, part: String) throws {
    let (cluster, session, grants) = try cluster([20], budget: 10_000)
    cluster.announce(grants[0], from: session, bytes: bytes, frames: frames)
    guard case .refused(let reason)? = cluster.reply(to: "begin") else {
      Issue.record("it was taken")
      return
    }
    #expect(reason.contains(part))
    #expect(cluster.events.last == .retried(chunk: 0, reason: reason))
    cluster.announce(grants[0], from: session, bytes: 2_000)
    #expect(cluster.reply(to: "begin")?.name == "superseded")
  }

  @Test func anAnnouncementInAnotherWayFailsItsLease() throws {
    let (cluster, session, grants) = try cluster([20], budget: 10_000)
    cluster.announce(grants[0], from: session, bytes: 2_000)
    cluster.announce(grants[0], from: session, bytes: 2_000, frames: 128)
    #expect(cluster.takeReplies().last?.reply.name.hasPrefix("refused") == true)
    #expect(cluster.dropped == [grants[0].lease.token])
  }

  @Test func whoWaitsForMemoryGoesOnInTurnAsSoonAsThereIsSome() throws {
    let (cluster, session, grants) = try cluster([20, 20, 20], budget: 2_500)
    for (index, grant) in grants.enumerated() {
      cluster.announce(grant, from: session, bytes: 2_000, as: "begin\(index)")
    }
    #expect(cluster.takeReplies().map(\.request) == ["begin0"])
    cluster.complete(grants[0])
    #expect(cluster.takeReplies().map(\.request) == ["end", "begin1"])
    cluster.complete(grants[1])
    #expect(cluster.takeReplies().map(\.request) == ["end", "begin2"])
    cluster.complete(grants[2])
    guard case .finished? = cluster.events.last else {
      Issue.record("the job did not end")
      return
    }
  }

  @Test func whoHasWaitedLongIsToldToAskAgainAndKeepsItsPlace() throws {
    let (cluster, session, grants) = try cluster([20, 20, 20], budget: 2_500)
    for (index, grant) in grants.enumerated() {
      cluster.announce(grant, from: session, bytes: 2_000, as: "begin\(index)")
      cluster.pass(.seconds(1))
    }
    _ = cluster.takeReplies()
    cluster.tick()
    #expect(cluster.takeReplies().map(\.request) == ["begin1"], "after two seconds")
    // The next transfer may pass while nobody waits at that place, and not once somebody does.
    cluster.announce(grants[1], from: session, bytes: 2_000, as: "again")
    cluster.complete(grants[0])
    #expect(cluster.takeReplies().map(\.request) == ["end", "again"])
  }

  @Test func aTransferLargerThanTheBudgetGoesAlone() throws {
    let (cluster, session, grants) = try cluster([20, 20], budget: 10)
    cluster.announce(grants[0], from: session, bytes: 2_000, as: "first")
    cluster.announce(grants[1], from: session, bytes: 2_000, as: "second")
    #expect(cluster.takeReplies().map(\.request) == ["first"])
    cluster.complete(grants[0])
    #expect(cluster.takeReplies().map(\.request) == ["end", "second"])
  }

  @Test func aCancelledJobGivesItsMemoryBack() throws {
    let cluster = TestCluster(budget: 2_500)
    let session = cluster.join("a", lanes: 2)
    let other = JobID(rawValue: 8)
    try cluster.submit(TestCluster.job([20]))
    let doomed = try #require(cluster.lease(session, over: "a"))
    try cluster.submit(TestCluster.job([20]), as: other)
    let kept = try #require(cluster.lease(session, over: "a"))
    cluster.announce(doomed, from: session, bytes: 2_000, as: "doomed")
    cluster.announce(kept, from: session, bytes: 2_000, as: "kept")
    _ = cluster.takeReplies()
    cluster.perform(cluster.state.cancelled(TestCluster.job, at: cluster.now))
    #expect(cluster.reply(to: "kept")?.name == "send from 0")
  }

  @Test func aWaitingTransferOfACancelledJobIsToldSo() throws {
    let (cluster, session, grants) = try cluster([20, 20], budget: 2_500)
    cluster.announce(grants[0], from: session, bytes: 2_000, as: "first")
    cluster.announce(grants[1], from: session, bytes: 2_000, as: "second")
    _ = cluster.takeReplies()
    cluster.perform(cluster.state.cancelled(TestCluster.job, at: cluster.now))
    #expect(cluster.reply(to: "second")?.name == "superseded")
  }

  @Test func memoryThatCameTooLateIsDroppedAndFreeAgain() throws {
    let (cluster, session, grants) = try cluster([20, 20], budget: 2_500)
    cluster.hasMemory = false
    cluster.announce(grants[0], from: session, bytes: 2_000, as: "first")
    cluster.announce(grants[0], from: session, bytes: 2_000, as: "twice")
    #expect(cluster.takeReplies().map(\.reply.name) == ["deferred"], "the first one is still being allocated")
    cluster.announce(grants[1], from: session, bytes: 2_000, as: "second")
    cluster.perform(cluster.state.cancelled(TestCluster.job, at: cluster.now))
    #expect(cluster.takeReplies().map(\.request) == ["second"])
    #expect(cluster.dropped == [])
    let token = grants[0].lease.token
    #expect(cluster.allocations.map(\.lease.token) == [token])
    cluster.perform(cluster.state.allocated(token, at: cluster.now))
    #expect(cluster.dropped == [token])
    #expect(cluster.reply(to: "first")?.name == "superseded")
    #expect(cluster.state.invariantViolation() == nil)
  }

  @Test func withoutMemoryTheWorkerAsksAgainLater() throws {
    let (cluster, session, grants) = try cluster([20], budget: 2_500)
    cluster.hasMemory = false
    cluster.announce(grants[0], from: session, bytes: 2_000)
    cluster.perform(cluster.state.notAllocated(grants[0].lease.token, at: cluster.now))
    #expect(cluster.reply(to: "begin")?.name == "deferred")
    cluster.hasMemory = true
    cluster.announce(grants[0], from: session, bytes: 2_000)
    #expect(cluster.reply(to: "begin")?.name == "send from 0")
  }

  @Test func framesOfALeaseThatIsOverAreNotCounted() throws {
    let (cluster, session, grants) = try cluster([20], budget: 2_500)
    cluster.announce(grants[0], from: session, bytes: 2_000)
    let token = grants[0].lease.token
    cluster.perform(cluster.state.failed(token, because: "damaged", by: "frame", at: cluster.now))
    cluster.perform(
      cluster.state.stored(token, frameBytes: 64, receivedBytes: 64, by: "late", at: cluster.now)
    )
    #expect(cluster.takeReplies().map(\.reply.name) == ["send from 0", "refused: damaged", "superseded"])
  }

  /// When frames take longer than the lane's computation, the next chunk is sent in int8.
  @Test func aSlowLinkMakesTheNextChunkCoded() throws {
    let cluster = TestCluster(budget: 1_000_000)
    let session = cluster.join("a", codecs: [.int8])
    try cluster.submit(TestCluster.job([150, 150], codec: .auto))
    let plain = try #require(cluster.lease(session, over: "a"))
    #expect(plain.codec == .bf16, "nothing is known of the link")
    cluster.announce(plain, from: session, bytes: 15_000, frames: 3_008)
    // 3 kB in 0.2 s, where the chunk's 15 kB are computed in 0.25 s.
    for index in 1...5 {
      cluster.pass(.milliseconds(200))
      cluster.perform(
        cluster.state.stored(
          plain.lease.token,
          frameBytes: 3_000,
          receivedBytes: index * 3_000,
          by: "frame",
          at: cluster.now
        )
      )
    }
    let completion = Cluster.Completion(
      computeSeconds: 0.25,
      wireSeconds: 0.9,
      sinkDigest: 0,
      endedAt: cluster.now
    )
    cluster.perform(cluster.state.completed(plain.lease.token, completion, by: "end", at: cluster.now))
    #expect(try #require(cluster.lease(session, over: "a")).codec == .int8)
  }

  @Test func anAnnouncementRepeatedJustAsMemoryComesFreeLeavesNoRequestUnanswered() throws {
    let cluster = TestCluster(budget: 1000)
    let a = cluster.join("a", lanes: 2)
    try cluster.submit(TestCluster.job([10, 10]))
    let first = try #require(cluster.lease(a, over: "a"))
    let second = try #require(cluster.lease(a, over: "a"))
    cluster.announce(first, from: a, bytes: 1000)
    #expect(cluster.reply(to: "begin")?.name == "send from 0")
    cluster.announce(second, from: a, bytes: 1000, as: "early")
    #expect(cluster.reply(to: "early") == nil, "there is no memory")
    // The first transfer is over, and the waiting ones have not been looked at yet.
    let completion = Cluster.Completion(
      computeSeconds: 1,
      wireSeconds: 1,
      sinkDigest: 9,
      endedAt: cluster.now
    )
    _ = cluster.state.completed(first.lease.token, completion, by: "end", at: cluster.now)
    cluster.announce(second, from: a, bytes: 1000, as: "late")
    #expect(cluster.reply(to: "early")?.name == "deferred")
    #expect(cluster.reply(to: "late")?.name == "send from 0")
    #expect(cluster.state.invariantViolation() == nil)
  }
}
