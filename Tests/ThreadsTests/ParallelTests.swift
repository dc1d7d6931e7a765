internal import Synchronization
internal import Testing
internal import Threads

@Suite struct ParallelTests {
  @Test func workWithinAPieceStaysOnItsThread() {
    let pieces = Atomic(0)
    let strays = Atomic(0)
    inParallel(threads: 4, count: 8) { _, _ in
      inParallel(threads: 4, count: 16) { thread, _ in
        pieces.add(1, ordering: .relaxed)
        if thread != 0 { strays.add(1, ordering: .relaxed) }
      }
    }
    #expect(pieces.load(ordering: .relaxed) == 128 && strays.load(ordering: .relaxed) == 0)
    // What follows is not within a piece any more.
    let threads = Mutex<Set<Int>>([])
    inParallel(threads: 2, count: 64) { thread, _ in _ = threads.withLock { $0.insert(thread) } }
    #expect(!threads.withLock { $0.isEmpty })
  }
}
