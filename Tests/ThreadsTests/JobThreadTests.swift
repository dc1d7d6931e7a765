internal import Glibc
internal import Synchronization
internal import Testing
internal import Threads

@Suite("Job thread", .timeLimit(.minutes(1)))
struct JobThreadTests {
  private final class Log: Sendable {
    let entries = Mutex<[Int]>([])
    func add(_ entry: Int) { entries.withLock { $0.append(entry) } }
  }

  @Test func jobsRunInOrderOnOneOtherThread() async throws {
    let thread = try JobThread(name: "in order")
    let log = Log()
    let here = pthread_self()
    let others = Mutex<Set<pthread_t>>([])
    await withCheckedContinuation { continuation in
      for index in 0..<1000 {
        thread.run {
          log.add(index)
          others.withLock { _ = $0.insert(pthread_self()) }
        }
      }
      thread.run { continuation.resume() }
    }
    thread.stop()
    #expect(log.entries.withLock { $0 } == Array(0..<1000))
    #expect(others.withLock { $0.count } == 1)
    #expect(others.withLock { !$0.contains(here) })
  }

  /// Whoever waits for a job must not wait for ever because its thread has just ended.
  @Test func jobsOfAStoppedThreadRunAtOnce() throws {
    let thread = try JobThread(name: "stopped")
    thread.stop()
    let log = Log()
    thread.run { log.add(1) }
    #expect(log.entries.withLock { $0 } == [1])
  }

  @Test func whatWasQueuedRunsBeforeTheThreadEnds() async throws {
    let log = Log()
    await withCheckedContinuation { continuation in
      do {
        let thread = try JobThread(name: "ends")
        let gate = Gate()
        thread.run { gate.wait() }
        for index in 0..<10 { thread.run { log.add(index) } }
        thread.run { continuation.resume() }
        thread.stop()
        gate.open()
      } catch {
        Issue.record(error)
        continuation.resume()
      }
    }
    #expect(log.entries.withLock { $0 } == Array(0..<10))
  }
}

/// Holds a thread back.
private final class Gate: Sendable {
  private let isOpen = Mutex(false)

  func open() { isOpen.withLock { $0 = true } }

  func wait() {
    while !isOpen.withLock({ $0 }) { usleep(1000) }
  }
}
