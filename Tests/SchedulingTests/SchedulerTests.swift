internal import Scheduling
internal import Testing

@Suite("Scheduler")
struct SchedulerTests {
  let first = WorkerID(1)
  let second = WorkerID(2)
  let job = JobID(7)

  /// A scheduler with both workers, one lane each, and one job.
  func prepared(sizes: [Int], policy: SchedulingPolicy = SchedulingPolicy()) -> Scheduler {
    var scheduler = Scheduler(policy: policy)
    _ = scheduler.workerRegistered(first, lanes: 1, at: .seconds(0))
    _ = scheduler.workerRegistered(second, lanes: 1, at: .seconds(0))
    _ = scheduler.addJob(job, sizes: sizes)
    return scheduler
  }

  @Test func givesChunksInOrderAndCompletesTheJob() throws {
    var scheduler = prepared(sizes: [10, 20])
    let one = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    let two = try #require(scheduler.leaseRequested(by: second, at: .seconds(0)).lease)
    #expect((one.chunk, one.attempt, one.isSpeculative) == (0, 1, false))
    #expect((two.chunk, two.attempt) == (1, 1))
    #expect(two.token > one.token)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0)) == .wait)
    #expect(scheduler.completed(two.token, at: .seconds(1)) == .accepted([]))
    #expect(scheduler.completed(one.token, at: .seconds(1)) == .accepted([.jobCompleted(job)]))
    let status = try #require(scheduler.status(of: job))
    #expect(status.state == .completed)
    #expect((status.queued, status.running, status.done, status.doneTokens) == (0, 0, 2, 30))
    #expect(status.contributions[first]?.tokens == 10)
    #expect(status.contributions[second]?.leaseTime == .seconds(1))
    #expect(scheduler.status(of: first)?.completedTokens == 10)
  }

  @Test func anEmptyJobIsCompleteAtOnce() {
    var scheduler = Scheduler()
    #expect(scheduler.addJob(job, sizes: []) == [.jobCompleted(job)])
    #expect(scheduler.addJob(job, sizes: [1]) == [])
    #expect(scheduler.status(of: job)?.state == .completed)
  }

  @Test func unknownAndDrainingWorkersGetNothing() {
    var scheduler = prepared(sizes: [1])
    #expect(scheduler.leaseRequested(by: WorkerID(9), at: .seconds(0)) == .unknownWorker)
    #expect(scheduler.heartbeat(from: WorkerID(9), running: [], at: .seconds(0)) == nil)
    scheduler.workerDraining(first)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0)) == .drain)
  }

  @Test func aLostWorkersChunkGoesToTheFrontOfTheQueueAtOnce() throws {
    var scheduler = prepared(sizes: [1, 1, 1])
    let lost = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    let actions = scheduler.workerLost(first, at: .seconds(0.5))
    #expect(actions == [.leaseEnded(lost, .failed(.workerLost)), .workAvailable])
    let again = try #require(scheduler.leaseRequested(by: second, at: .seconds(0.5)).lease)
    #expect((again.chunk, again.attempt) == (0, 2))
    #expect(scheduler.completed(lost.token, at: .seconds(0.6)) == .superseded)
    #expect(scheduler.progress(lost.token, bytesReceived: 100, at: .seconds(0.6)) == false)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0.6)) == .unknownWorker)
  }

  @Test func anUnconfirmedLeaseReturnsAfterTheGraceTimeWithoutCounting() throws {
    var scheduler = prepared(sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    for second in 1...2 {
      _ = scheduler.heartbeat(from: first, running: [], at: .seconds(Double(second)))
      _ = scheduler.heartbeat(from: self.second, running: [], at: .seconds(Double(second)))
      #expect(scheduler.tick(at: .seconds(Double(second))).isEmpty)
    }
    #expect(scheduler.tick(at: .seconds(3)).prefix(1) == [.leaseEnded(lease, .failed(.notAcknowledged))])
    #expect(scheduler.status(of: job)?.retries == 1)
    // The worker that lost it waits while another one lives, the other one gets it.
    #expect(scheduler.leaseRequested(by: first, at: .seconds(3)) == .wait)
    #expect(scheduler.leaseRequested(by: second, at: .seconds(3)).lease?.chunk == 0)
  }

  @Test func aConfirmedLeaseLivesWhileItMakesProgress() throws {
    var scheduler = prepared(sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    // 200 s of work, a little progress each 50 s, silence of the deadline's length never.
    for second in 1...200 {
      let now = Instant.seconds(Double(second))
      let beat = scheduler.heartbeat(from: first, running: [(lease.token, second / 50)], at: now)
      _ = scheduler.heartbeat(from: self.second, running: [], at: now)
      #expect(beat == [])
      #expect(scheduler.tick(at: now).isEmpty)
    }
    // From now on it only says that it lives.
    var ended: [Double] = []
    for second in 201...300 {
      let now = Instant.seconds(Double(second))
      let beat = scheduler.heartbeat(from: first, running: [(lease.token, 4)], at: now)
      _ = scheduler.heartbeat(from: self.second, running: [], at: now)
      if ended.isEmpty { #expect(beat == []) } else { #expect(beat == [lease.token]) }
      if scheduler.tick(at: now).contains(.leaseEnded(lease, .failed(.deadlinePassed))) {
        ended.append(Double(second))
      }
    }
    #expect(ended == [260])
  }

  @Test func receivedBytesAreProgressToo() throws {
    var scheduler = prepared(sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    #expect(scheduler.progress(lease.token, bytesReceived: 1, at: .seconds(2)) == true)
    #expect(scheduler.tick(at: .seconds(4.5)) == [.workerExpired(second)])
    #expect(scheduler.lease(lease.token) == lease)
  }

  @Test func aDeferredTransferDoesNotRunOutOfTime() throws {
    var scheduler = prepared(sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    for second in 1...150 {
      #expect(scheduler.deferred(lease.token, at: .seconds(Double(second))) == true)
      #expect(!scheduler.tick(at: .seconds(Double(second))).contains { $0 != .workerExpired(self.second) })
    }
    _ = scheduler.cancelJob(job)
    #expect(scheduler.deferred(lease.token, at: .seconds(151)) == false)
  }

  @Test func aParkedRequestIsNoSignOfLife() {
    var scheduler = prepared(sizes: [])
    for second in 1...2 {
      #expect(scheduler.leaseRequested(by: first, at: .seconds(Double(second))) == .wait)
    }
    #expect(scheduler.tick(at: .seconds(3)).count == 2)
  }

  @Test func aSilentWorkerIsForgottenAfterThreeMissedHeartbeats() throws {
    var scheduler = prepared(sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    _ = scheduler.heartbeat(from: first, running: [(lease.token, 0)], at: .seconds(1))
    _ = scheduler.heartbeat(from: second, running: [], at: .seconds(2))
    #expect(scheduler.tick(at: .seconds(3.9)).isEmpty)
    let actions = scheduler.tick(at: .seconds(4))
    #expect(
      actions == [.leaseEnded(lease, .failed(.missedHeartbeats)), .workAvailable, .workerExpired(first)]
    )
    #expect(scheduler.workerIDs == [second])
  }

  @Test func aJobFailsWithItsReasonsAfterTheLastAttempt() throws {
    var scheduler = prepared(sizes: [1, 1])
    let other = try #require(scheduler.leaseRequested(by: second, at: .seconds(0)).lease)
    var now = Instant.seconds(0)
    var last: [SchedulerAction] = []
    for attempt in 1...5 {
      now = now.advanced(by: .seconds(20))
      let lease = try #require(scheduler.leaseRequested(by: first, at: now).lease)
      #expect((lease.chunk, lease.attempt) == (1, attempt))
      last = scheduler.failed(lease.token, reason: "no memory", at: now)
    }
    let status = try #require(scheduler.status(of: job))
    guard case .failed(let reasons) = status.state else {
      Issue.record("the job is \(status.state)")
      return
    }
    #expect(reasons.map(\.attempt) == [1, 2, 3, 4, 5])
    #expect(reasons.last?.description == "chunk 1, attempt 5 on worker 1: no memory")
    #expect(last.contains(.leaseEnded(other, .jobEnded)))
    #expect(last.last == .jobFailed(job, reasons))
    #expect(scheduler.completed(other.token, at: now) == .superseded)
  }

  @Test func aWorkerThatFailedAChunkGetsAnotherOneWhileSomebodyElseLives() throws {
    var scheduler = prepared(sizes: [1, 1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    _ = scheduler.failed(lease.token, reason: "broken", at: .seconds(0))
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0)).lease?.chunk == 1)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0)) == .wait)
    // Nobody else: it may try again.
    _ = scheduler.workerLeft(second, at: .seconds(1))
    #expect(scheduler.leaseRequested(by: first, at: .seconds(1)).lease?.chunk == 0)
  }

  @Test func aChunkIsNotKeptForAWorkerThatNeverComes() throws {
    var scheduler = prepared(sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    _ = scheduler.failed(lease.token, reason: "broken", at: .seconds(0))
    #expect(scheduler.leaseRequested(by: first, at: .seconds(9.9)) == .wait)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(10)).lease?.chunk == 0)
  }

  @Test func lanesBoundTheLeases() {
    var scheduler = Scheduler()
    _ = scheduler.workerRegistered(first, lanes: 3, at: .seconds(0))
    _ = scheduler.addJob(job, sizes: Array(repeating: 1, count: 20))
    let grants = (0..<20).compactMap { _ in scheduler.leaseRequested(by: first, at: .seconds(0)).lease }
    #expect(grants.count == 6)
  }

  @Test func jobsTakeTurns() {
    var scheduler = Scheduler()
    _ = scheduler.workerRegistered(first, lanes: 10, at: .seconds(0))
    for number in 1...3 { _ = scheduler.addJob(JobID(UInt128(number)), sizes: [1, 1, 1]) }
    let order = (0..<9).compactMap { _ in
      scheduler.leaseRequested(by: first, at: .seconds(0)).lease?.job.rawValue
    }
    #expect(order == [1, 2, 3, 1, 2, 3, 1, 2, 3])
  }

  @Test func aSlowLeaseIsCopiedOnceTheQueueIsEmptyAndTheFirstResultWins() throws {
    var scheduler = prepared(sizes: [10, 10])
    let slow = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    let fast = try #require(scheduler.leaseRequested(by: second, at: .seconds(0)).lease)
    _ = scheduler.completed(fast.token, at: .seconds(2))
    #expect(scheduler.leaseRequested(by: second, at: .seconds(4)) == .wait)
    let copy = try #require(scheduler.leaseRequested(by: second, at: .seconds(4.1)).lease)
    #expect((copy.chunk, copy.attempt, copy.isSpeculative) == (0, 2, true))
    #expect(
      scheduler.leaseRequested(by: first, at: .seconds(9)) == .wait,
      "no copy of a copy, none of its own"
    )
    #expect(
      scheduler.completed(copy.token, at: .seconds(9))
        == .accepted([.leaseEnded(slow, .superseded), .jobCompleted(job)])
    )
    #expect(scheduler.completed(slow.token, at: .seconds(9.1)) == .superseded)
    #expect(scheduler.heartbeat(from: first, running: [(slow.token, 5)], at: .seconds(9.1)) == [slow.token])
    #expect(scheduler.status(of: first)?.superseded == 1)
    #expect(scheduler.status(of: job)?.copies == 1)
  }

  /// The time in which the receiver has no memory does not count against the worker.
  @Test func aLeaseThatTheReceiverDelaysIsNotSlow() throws {
    var scheduler = prepared(sizes: [10, 10])
    func mayGrant(copies: Bool, at seconds: Double) -> Bool {
      scheduler.mayGrant(copies: copies, at: .seconds(seconds))
    }
    let delayed = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    let other = try #require(scheduler.leaseRequested(by: second, at: .seconds(0)).lease)
    #expect(scheduler.deferred(delayed.token, at: .seconds(1)) == true)
    _ = scheduler.completed(other.token, at: .seconds(2))
    #expect(scheduler.leaseRequested(by: second, at: .seconds(30)) == .wait, "it waits for the receiver")
    #expect(!mayGrant(copies: true, at: 30))
    #expect(scheduler.progress(delayed.token, bytesReceived: 0, at: .seconds(31)) == true)
    #expect(scheduler.leaseRequested(by: second, at: .seconds(33)) == .wait, "three seconds are its own")
    #expect(!mayGrant(copies: true, at: 33))
    #expect(!mayGrant(copies: false, at: 36))
    #expect(scheduler.progress(delayed.token, bytesReceived: 1, at: .seconds(35)) == true)
    #expect(!mayGrant(copies: true, at: 36.5), "its bytes are coming in")
    #expect(mayGrant(copies: true, at: 37))
    #expect(scheduler.leaseRequested(by: second, at: .seconds(37)).lease?.isSpeculative == true)
  }

  @Test func aWaitingChunkMayBeGranted() {
    var scheduler = Scheduler()
    func mayGrant(copies: Bool, at seconds: Double) -> Bool {
      scheduler.mayGrant(copies: copies, at: .seconds(seconds))
    }
    #expect(!mayGrant(copies: true, at: 0))
    _ = scheduler.addJob(job, sizes: [1])
    #expect(!mayGrant(copies: true, at: 0), "nobody is there")
    _ = scheduler.workerRegistered(first, lanes: 1, at: .seconds(0))
    #expect(mayGrant(copies: false, at: 0))
  }

  @Test func aFailureWhileACopyRunsDoesNotQueueTheChunk() throws {
    var scheduler = prepared(sizes: [10, 10])
    let slow = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    let fast = try #require(scheduler.leaseRequested(by: second, at: .seconds(0)).lease)
    _ = scheduler.completed(fast.token, at: .seconds(1))
    let copy = try #require(scheduler.leaseRequested(by: second, at: .seconds(5)).lease)
    #expect(scheduler.workerLost(first, at: .seconds(5)) == [.leaseEnded(slow, .failed(.workerLost))])
    #expect(!scheduler.hasQueuedChunks)
    #expect(scheduler.completed(copy.token, at: .seconds(6)) == .accepted([.jobCompleted(job)]))
  }

  @Test func cancellingEndsLeasesAndRemovingForgets() throws {
    var scheduler = prepared(sizes: [1, 1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    #expect(scheduler.cancelJob(job) == [.leaseEnded(lease, .jobEnded)])
    #expect(scheduler.cancelJob(job) == [])
    #expect(scheduler.status(of: job)?.state == .cancelled)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0)) == .wait)
    #expect(scheduler.removeJob(job) == [])
    #expect(scheduler.jobIDs.isEmpty)
    #expect(scheduler.addJob(job, sizes: [1]) == [.workAvailable])
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func aRestartedSchedulerRefusesTokensOfItsFormerLife() throws {
    var former = prepared(sizes: [1])
    let old = try #require(former.leaseRequested(by: first, at: .seconds(0)).lease)
    var restarted = Scheduler(firstToken: 1000)
    _ = restarted.workerRegistered(first, lanes: 1, at: .seconds(0))
    _ = restarted.addJob(job, sizes: [1])
    let new = try #require(restarted.leaseRequested(by: first, at: .seconds(0)).lease)
    #expect(new.token.rawValue == 1000)
    #expect(restarted.completed(old.token, at: .seconds(1)) == .superseded)
  }

  @Test func instantsDoNotTrapAtTheEndsOfTime() {
    #expect(Instant(nanoseconds: .max).advanced(by: .seconds(1)).nanoseconds == .max)
    #expect(Instant(nanoseconds: .min).advanced(by: .seconds(-1)).nanoseconds == .min)
    #expect(Instant(nanoseconds: 0).advanced(by: .seconds(Int64.max)).nanoseconds == .max)
    #expect(Instant(nanoseconds: .min).duration(to: Instant(nanoseconds: .max)) > .zero)
  }
}
