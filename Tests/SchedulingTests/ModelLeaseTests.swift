internal import Scheduling
internal import Testing

/// Jobs of several models, and workers that have some of them.
@Suite("Scheduler, several models")
struct ModelLeaseTests {
  private let first = WorkerID(1)
  private let second = WorkerID(2)
  private let both = WorkerID(3)
  private let small = JobID(1)
  private let large = JobID(2)
  private let other = ModelIndex(rawValue: 1)

  /// A worker for each model and one for both, and a job for each model.
  private func prepared(small sizes: [Int], large: [Int], lanes: Int = 1) -> Scheduler {
    var scheduler = Scheduler()
    let models: [(WorkerID, Set<ModelIndex>)] = [
      (first, [.first]), (second, [other]), (both, [.first, other]),
    ]
    for (worker, models) in models {
      _ = scheduler.workerRegistered(worker, lanes: lanes, models: models, at: .seconds(0))
    }
    _ = scheduler.addJob(small, sizes: sizes)
    _ = scheduler.addJob(self.large, sizes: large, model: other)
    return scheduler
  }

  private func job(_ decision: LeaseDecision) -> JobID? { decision.lease?.job }

  @Test func aWorkerGetsChunksOfItsModelsOnly() {
    var scheduler = prepared(small: [1, 1], large: [1, 1], lanes: 2)
    #expect(job(scheduler.leaseRequested(by: second, at: .seconds(0))) == large)
    #expect(job(scheduler.leaseRequested(by: second, at: .seconds(0))) == large)
    #expect(scheduler.leaseRequested(by: second, at: .seconds(0)) == .wait)
    #expect(job(scheduler.leaseRequested(by: first, at: .seconds(0))) == small)
    #expect(job(scheduler.leaseRequested(by: both, at: .seconds(0))) == small)
    #expect(scheduler.leaseRequested(by: both, at: .seconds(0)) == .wait)
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func aWorkerWithBothModelsServesBothInTurn() {
    var scheduler = prepared(small: [1, 1], large: [1, 1], lanes: 2)
    let jobs = (0..<4).map { _ in job(scheduler.leaseRequested(by: both, at: .seconds(0))) }
    #expect(jobs == [small, large, small, large])
  }

  @Test func requestsOfOtherModelsTakeNoTurnAway() {
    var scheduler = prepared(small: [1, 1, 1], large: [1, 1, 1], lanes: 3)
    let third = JobID(3)
    _ = scheduler.addJob(third, sizes: [1, 1, 1])
    var jobs: [JobID?] = []
    for _ in 0..<3 {
      #expect(job(scheduler.leaseRequested(by: second, at: .seconds(0))) == large)
      jobs.append(job(scheduler.leaseRequested(by: first, at: .seconds(0))))
    }
    jobs += (0..<3).map { _ in job(scheduler.leaseRequested(by: first, at: .seconds(0))) }
    #expect(jobs == [small, third, small, third, small, third])
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func aJobWhoseModelNobodyHasWaitsAndHoldsUpNoOther() {
    var scheduler = Scheduler()
    _ = scheduler.workerRegistered(first, lanes: 2, at: .seconds(0))
    _ = scheduler.addJob(large, sizes: [1], model: other)
    #expect(!scheduler.hasQueuedChunks && !scheduler.mayGrant(at: .seconds(0)), "nobody can take it")
    #expect(scheduler.leaseRequested(by: first, at: .seconds(0)) == .wait)
    _ = scheduler.addJob(small, sizes: [1])
    #expect(job(scheduler.leaseRequested(by: first, at: .seconds(0))) == small)
    #expect(
      scheduler.workerRegistered(second, lanes: 1, models: [other], at: .seconds(1)) == [.workAvailable]
    )
    #expect(job(scheduler.leaseRequested(by: second, at: .seconds(1))) == large)
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func theLastWorkerOfAModelThatGoesLeavesItsJobWaiting() {
    var scheduler = prepared(small: [], large: [1])
    scheduler.workerDraining(both)
    scheduler.workerDraining(both)
    #expect(scheduler.hasQueuedChunks)
    _ = scheduler.leaseRequested(by: second, at: .seconds(0))
    _ = scheduler.workerLost(second, at: .seconds(1))
    #expect(!scheduler.hasQueuedChunks)
    _ = scheduler.workerLost(both, at: .seconds(1))
    #expect(scheduler.leaseRequested(by: first, at: .seconds(1)) == .wait)
    #expect(scheduler.status(of: large)?.queued == 1)
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func aFailedChunkIsNotKeptForWorkersWithoutItsModel() throws {
    var scheduler = Scheduler()
    _ = scheduler.workerRegistered(first, lanes: 1, at: .seconds(0))
    _ = scheduler.workerRegistered(second, lanes: 1, models: [other], at: .seconds(0))
    _ = scheduler.addJob(small, sizes: [1])
    let lease = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    _ = scheduler.failed(lease.token, reason: "no memory", at: .seconds(1))
    #expect(scheduler.leaseRequested(by: second, at: .seconds(1)) == .wait)
    #expect(scheduler.leaseRequested(by: first, at: .seconds(1)).lease?.attempt == 2)
  }

  @Test func copiesGoToWorkersWithTheModelOnly() throws {
    var scheduler = prepared(small: [1, 1], large: [])
    let quick = try #require(scheduler.leaseRequested(by: both, at: .seconds(0)).lease)
    let slow = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    _ = scheduler.completed(quick.token, at: .seconds(1))
    #expect(scheduler.leaseRequested(by: second, at: .seconds(50)) == .wait)
    let copy = try #require(scheduler.leaseRequested(by: both, at: .seconds(50)).lease)
    #expect(copy.isSpeculative && copy.chunk == slow.chunk)
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func theSlownessOfALeaseIsJudgedByItsOwnModel() throws {
    var scheduler = prepared(small: [1], large: [1, 1], lanes: 2)
    let quick = try #require(scheduler.leaseRequested(by: first, at: .seconds(0)).lease)
    let heavy = try #require(scheduler.leaseRequested(by: second, at: .seconds(0)).lease)
    _ = scheduler.leaseRequested(by: second, at: .seconds(0))
    _ = scheduler.completed(quick.token, at: .seconds(0.1))
    // Ten times the time that the first model takes for a chunk says nothing about the second.
    #expect(scheduler.leaseRequested(by: both, at: .seconds(2)) == .wait)
    _ = scheduler.completed(heavy.token, at: .seconds(10))
    #expect(scheduler.leaseRequested(by: both, at: .seconds(19)) == .wait)
    #expect(scheduler.leaseRequested(by: both, at: .seconds(21)).lease?.isSpeculative == true)
  }
}
