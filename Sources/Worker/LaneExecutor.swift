internal import CKernels
internal import Glibc
internal import Synchronization

/// One thread that runs the jobs of one actor: long computations stay off Swift's own threads, which all
/// waiting shares.
package final class LaneExecutor: SerialExecutor {
  private struct State {
    /// Goes from false to true once.
    var isStopped = false
    var jobs: [UnownedJob] = []
  }

  private let state = Mutex(State())
  // Safe to share: a POSIX semaphore is made for it, and this one is destroyed only in deinit.
  nonisolated(unsafe) private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  private let name: String
  private let cpu: Int?

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: The thread's name; 15 bytes of it are kept.
  ///   - cpu: The processor to stay on, nil for any.
  /// - Throws: ``WorkerError/noThread(code:)``.
  package init(name: String, cpu: Int? = nil) throws(WorkerError) {
    self.name = name
    self.cpu = cpu
    sem_init(semaphore, 0, 0)
    // The thread owns this reference until it ends.
    let reference = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let code = pthread_create(
      &thread,
      nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<LaneExecutor>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      },
      reference.toOpaque()
    )
    guard code == 0 else {
      reference.release()
      throw .noThread(code: code)
    }
    pthread_detach(thread)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isQueued = state.withLock { state in
      guard !state.isStopped else { return false }
      state.jobs.append(job)
      return true
    }
    if isQueued {
      sem_post(semaphore)
    } else {
      // The thread is gone; a job that is not run would leave its task waiting for ever.
      job.runSynchronously(on: asUnownedSerialExecutor())
    }
  }

  /// Lets the thread end once its queue is empty.
  package func stop() {
    state.withLock { $0.isStopped = true }
    sem_post(semaphore)
  }

  private func work() {
    braid_name_thread(name)
    // Where the system does not allow it, the lane runs wherever it is put.
    if let cpu { _ = braid_pin_thread(Int32(cpu)) }
    while true {
      // Interrupted by a signal handler it returns early; the queue says whether there is work.
      sem_wait(semaphore)
      let (job, isDone): (UnownedJob?, Bool) = state.withLock { state in
        guard !state.jobs.isEmpty else { return (nil, state.isStopped) }
        return (state.jobs.removeFirst(), false)
      }
      if isDone { return }
      job?.runSynchronously(on: asUnownedSerialExecutor())
    }
  }
}

/// The processors that this process may use, in order.
package func allowedProcessors() -> [Int] {
  [Int32](unsafeUninitializedCapacity: 1024) { numbers, count in
    count = braid_allowed_processors(numbers.baseAddress, 1024)
  }
  .map { Int($0) }
}
