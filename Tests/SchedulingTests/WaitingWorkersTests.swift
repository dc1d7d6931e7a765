internal import Scheduling
internal import Testing

/// Workers that ask for copies at the end of a job, many and often.
@Suite("Scheduler, waiting workers")
struct WaitingWorkersTests {
  private let job = JobID(1)

  /// Makes a scheduler with workers of one lane each; each worker has a lease as long as there are chunks.
  private func leased(
    sizes: [Int],
    workers: Int,
    granted: (Int) -> Double
  ) -> (scheduler: Scheduler, leases: [Lease]) {
    var scheduler = Scheduler()
    for worker in 0..<workers {
      _ = scheduler.workerRegistered(WorkerID(UInt64(worker)), lanes: 1, at: .seconds(0))
    }
    _ = scheduler.addJob(job, sizes: sizes)
    let leases = sizes.indices.compactMap {
      scheduler.leaseRequested(by: WorkerID(UInt64($0)), at: .seconds(granted($0))).lease
    }
    return (scheduler, leases)
  }

  @Test func whoAsksAllTheTimeGetsACopyAsEarlyAsWhoAsksOnce() throws {
    let sizes = (0..<40).map { 10 + $0 % 7 * 3 }
    var (scheduler, leases) = leased(sizes: sizes, workers: 60) { Double($0) * 0.05 }
    // This one has not been asked since its last change, so it remembers nothing.
    var unasked = scheduler
    var copies = 0
    for step in 0..<600 {
      let now = Instant.seconds(2 + Double(step) * 0.025)
      var fresh = unasked
      let decision = scheduler.leaseRequested(by: WorkerID(50), at: now)
      #expect(decision == fresh.leaseRequested(by: WorkerID(50), at: now), "step \(step)")
      if let lease = decision.lease {
        copies += 1
        _ = scheduler.failed(lease.token, reason: "not wanted", at: now)
        unasked = scheduler
      }
      if step % 50 == 0, let lease = leases.popLast() {
        _ = scheduler.completed(lease.token, at: now)
        unasked = scheduler
      }
      #expect(scheduler.invariantViolation() == nil)
    }
    #expect(copies >= 1)
  }

  @Test func nothingIsToBeHadWhileNoLeaseIsLate() throws {
    let prepared = leased(sizes: [10, 10], workers: 3) { _ in 0 }
    var scheduler = prepared.scheduler
    func mayGrant(at seconds: Double) -> Bool { scheduler.mayGrant(at: .seconds(seconds)) }
    #expect(!mayGrant(at: 50), "no pace is known yet")
    _ = scheduler.completed(prepared.leases[1].token, at: .seconds(2))
    #expect(!mayGrant(at: 3.9))
    #expect(mayGrant(at: 4.1))
    let decision = scheduler.leaseRequested(by: WorkerID(2), at: .seconds(4.1))
    let copy = try #require(decision.lease)
    #expect(!mayGrant(at: 60), "it has a copy")
    _ = scheduler.failed(copy.token, reason: "lost", at: .seconds(5))
    #expect(mayGrant(at: 5))
  }

  // A million requests, each of which looked at all leases, would take more than a minute; they take a second.
  @Test(.timeLimit(.minutes(1))) func thousandsOfWaitingWorkersCostLittle() {
    let (chunks, waiting) = (500, 2000)
    let sizes = Array(repeating: 100, count: chunks)
    let prepared = leased(sizes: sizes, workers: chunks + waiting) { _ in 0 }
    var scheduler = prepared.scheduler
    var granted = 0
    for (index, lease) in prepared.leases.enumerated() {
      let now = Instant.seconds(1 + Double(index) / 2000)
      _ = scheduler.completed(lease.token, at: now)
      for worker in chunks..<chunks + waiting
      where scheduler.leaseRequested(by: WorkerID(UInt64(worker)), at: now).lease != nil { granted += 1 }
    }
    #expect(granted == 0)
  }
}
