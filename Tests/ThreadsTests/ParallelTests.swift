internal import CKernels
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
    #expect(braid_is_in_piece() == 0)
  }
}
