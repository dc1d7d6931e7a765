internal import Scheduling

/// The requests of workers that wait for a chunk, oldest first.
struct PollQueue<Request: Sendable>: Sendable {
  /// A worker's request for a chunk.
  struct Poll: Sendable {
    let request: Request
    let worker: WorkerID
    /// The time at which it is answered at the latest.
    let deadline: Instant
    /// The time at which it came.
    let arrival: Instant
  }

  private var polls: [Poll] = []
  private var counts: [WorkerID: Int] = [:]
  /// Whether a worker that waits is gone or leaving, which it is to be told.
  private(set) var hasLeaving = false
  /// No poll's deadline is before this.
  private var noneDueBefore = Instant(nanoseconds: .max)

  /// The workers that wait.
  var workers: Dictionary<WorkerID, Int>.Keys { counts.keys }

  /// The number of polls of one worker.
  func count(of worker: WorkerID) -> Int { counts[worker] ?? 0 }

  /// Whether some poll may have waited long enough.
  func mayBeDue(at now: Instant) -> Bool { noneDueBefore <= now }

  /// A worker is gone, or takes no more chunks.
  mutating func noteLeaving(_ worker: WorkerID) {
    if counts[worker] != nil { hasLeaving = true }
  }

  /// A worker waits.
  mutating func add(_ poll: Poll) {
    polls.append(poll)
    counts[poll.worker, default: 0] += 1
    noneDueBefore = min(noneDueBefore, poll.deadline)
  }

  /// Takes all polls out, to be looked at; those that go on waiting are added again.
  mutating func takeAll() -> [Poll] {
    defer {
      polls.removeAll(keepingCapacity: true)
      counts.removeAll(keepingCapacity: true)
      hasLeaving = false
      noneDueBefore = Instant(nanoseconds: .max)
    }
    return polls
  }
}
