internal import CKernels
internal import Dispatch
internal import Synchronization

/// Runs `count` pieces of work on at most `threads` threads, each piece on the next free one, and returns
/// when all are done. Within a piece of work it runs further ones on the thread of that piece alone.
///
/// - Parameters:
///   - threads: The most threads.
///   - count: The number of pieces.
///   - work: Gets the number of its thread, below `threads`, and that of its piece. It runs on several
///     threads at once: pieces write to places of their own.
package func inParallel(threads: Int, count: Int, _ work: (_ thread: Int, _ item: Int) -> Void) {
  guard threads > 1, count > 1, braid_is_in_piece() == 0 else {
    for item in 0..<count { work(0, item) }
    return
  }
  let next = Atomic(0)
  withoutActuallyEscaping(work) { work in
    // The contract above is what makes this safe; the compiler cannot see it.
    nonisolated(unsafe) let work = work
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { thread in
      braid_set_in_piece(1)
      defer { braid_set_in_piece(0) }
      while true {
        let item = next.add(1, ordering: .relaxed).oldValue
        guard item < count else { return }
        work(thread, item)
      }
    }
  }
}
