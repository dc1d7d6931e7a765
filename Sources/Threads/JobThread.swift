internal import CKernels
internal import Glibc
internal import Synchronization

/// A dedicated thread that runs jobs in order.
package final class JobThread: Sendable {
  /// A piece of work.
  package typealias Job = @Sendable () -> Void

  private struct State {
    /// Goes from false to true once.
    var isStopped = false
    var jobs: [Job] = []
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
  /// - Throws: ``NoThread``.
  package init(name: String, cpu: Int? = nil) throws(NoThread) {
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
        Unmanaged<JobThread>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      },
      reference.toOpaque()
    )
    guard code == 0 else {
      reference.release()
      throw NoThread(errorNumber: code)
    }
    pthread_detach(thread)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// Runs a job on the thread, or here and now once the thread is stopped: a job that is not run would leave
  /// its task waiting for ever.
  package func run(_ job: @escaping Job) {
    let isQueued = state.withLock { state in
      guard !state.isStopped else { return false }
      state.jobs.append(job)
      return true
    }
    if isQueued { sem_post(semaphore) } else { job() }
  }

  /// Ends the thread once its queue is empty.
  package func stop() {
    state.withLock { $0.isStopped = true }
    sem_post(semaphore)
  }

  private func work() {
    braid_name_thread(name)
    // If the system does not allow it, the thread runs on any processor.
    if let cpu { _ = braid_pin_thread(Int32(cpu)) }
    while true {
      // It returns early when a signal handler interrupts it; the queue tells whether there is work.
      sem_wait(semaphore)
      let (jobs, isStopped) = state.withLock { state in
        defer { state.jobs.removeAll(keepingCapacity: true) }
        return (state.jobs, state.isStopped)
      }
      for job in jobs { job() }
      if jobs.isEmpty, isStopped { return }
    }
  }
}

/// The system has no thread to give: a value to act on and not a message, as only its user knows what the thread is
/// for.
package struct NoThread: Error, Hashable {
  /// The return value of `pthread_create`.
  package let errorNumber: Int32
}

/// The processors that this process may run on, in order; empty when the system does not tell.
package func allowedProcessors() -> [Int] {
  [Int32](unsafeUninitializedCapacity: 8192) { numbers, count in
    count = braid_allowed_processors(numbers.baseAddress, 8192)
  }
  .map { Int($0) }
}
