internal import Scheduling

/// The requests of workers that wait for a chunk, oldest first.
struct PollQueue<Request: Sendable>: Sendable {
  /// A worker's request for a chunk.
  struct Poll: Sendable {
    let request: Request
    let worker: WorkerID
    /// The latest time at which it is answered.
    let deadline: Instant
    /// The time at which it arrived.
    let arrival: Instant
  }

  private var polls: [Poll] = []
  private var counts: [WorkerID: Int] = [:]
  /// True if a waiting worker is gone or leaving, so that its polls must be answered.
  private(set) var hasLeaving = false
  /// The time before which no poll is due.
  private var noneDueBefore = Instant(nanoseconds: .max)

  /// The workers that wait.
  var workers: Dictionary<WorkerID, Int>.Keys { counts.keys }

  /// Returns the number of polls of one worker.
  func count(of worker: WorkerID) -> Int { counts[worker] ?? 0 }

  /// Returns true if some poll may have waited long enough.
  func mayBeDue(at now: Instant) -> Bool { noneDueBefore <= now }

  /// Notes that a worker is gone, or takes no more chunks.
  mutating func noteLeaving(_ worker: WorkerID) {
    if counts[worker] != nil { hasLeaving = true }
  }

  /// Adds a poll.
  mutating func add(_ poll: Poll) {
    polls.append(poll)
    counts[poll.worker, default: 0] += 1
    noneDueBefore = min(noneDueBefore, poll.deadline)
  }

  /// Removes all polls; the caller adds those again that go on waiting.
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
