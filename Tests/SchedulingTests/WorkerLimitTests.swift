internal import Scheduling
internal import Testing

/// Jobs that only some of the workers share.
@Suite("Scheduler, jobs with a limit")
struct WorkerLimitTests {
  let workers = (1...3).map { WorkerID($0) }
  let job = JobID(7)

  private func prepared(chunks: Int, limit: Int) -> Scheduler {
    var scheduler = Scheduler()
    for worker in workers { _ = scheduler.workerRegistered(worker, lanes: 1, at: .seconds(0)) }
    _ = scheduler.addJob(job, sizes: Array(repeating: 1, count: chunks), workerLimit: limit)
    return scheduler
  }

  @Test func thoseThatAskFirstShareTheJob() {
    var scheduler = prepared(chunks: 6, limit: 2)
    #expect(scheduler.leaseRequested(by: workers[2], at: .seconds(0)).lease?.chunk == 0)
    #expect(scheduler.leaseRequested(by: workers[0], at: .seconds(0)).lease?.chunk == 1)
    #expect(scheduler.leaseRequested(by: workers[1], at: .seconds(0)) == .wait)
    #expect(scheduler.leaseRequested(by: workers[2], at: .seconds(0)).lease?.chunk == 2)
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func otherJobsAreNotKeptFromAnyone() {
    var scheduler = prepared(chunks: 6, limit: 1)
    _ = scheduler.leaseRequested(by: workers[0], at: .seconds(0))
    _ = scheduler.addJob(JobID(8), sizes: [1])
    #expect(scheduler.leaseRequested(by: workers[1], at: .seconds(0)).lease?.job == JobID(8))
    #expect(scheduler.leaseRequested(by: workers[2], at: .seconds(0)) == .wait)
  }

  @Test func aWorkerThatLeavesIsReplaced() throws {
    var scheduler = prepared(chunks: 3, limit: 1)
    _ = scheduler.leaseRequested(by: workers[0], at: .seconds(0))
    #expect(scheduler.workerLost(workers[0], at: .seconds(1)).contains(.workAvailable))
    #expect(scheduler.leaseRequested(by: workers[1], at: .seconds(1)).lease?.chunk == 0)
    #expect(scheduler.leaseRequested(by: workers[2], at: .seconds(1)) == .wait)
    scheduler.workerDraining(workers[1])
    #expect(scheduler.leaseRequested(by: workers[2], at: .seconds(1)).lease?.chunk == 1)
    #expect(scheduler.invariantViolation() == nil)
  }

  @Test func aFailedChunkGoesBackToTheOnlyWorkerThatMayHaveIt() throws {
    var scheduler = prepared(chunks: 1, limit: 1)
    let lease = try #require(scheduler.leaseRequested(by: workers[0], at: .seconds(0)).lease)
    _ = scheduler.failed(lease.token, reason: "no memory", at: .seconds(1))
    #expect(scheduler.leaseRequested(by: workers[1], at: .seconds(1)) == .wait)
    #expect(scheduler.leaseRequested(by: workers[0], at: .seconds(1)).lease?.attempt == 2)
  }

  @Test func outsidersGetNoCopies() throws {
    var scheduler = prepared(chunks: 2, limit: 1)
    let quick = try #require(scheduler.leaseRequested(by: workers[0], at: .seconds(0)).lease)
    _ = scheduler.leaseRequested(by: workers[0], at: .seconds(0))
    _ = scheduler.completed(quick.token, at: .seconds(1))
    #expect(scheduler.leaseRequested(by: workers[1], at: .seconds(50)) == .wait)
  }
}
