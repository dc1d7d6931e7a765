internal import Glibc
internal import Synchronization

/// One thread that runs the tasks that decide: they are short, and on Swift's own threads each would stand
/// behind whatever frames are just being checked and copied there.
final class ControlThread: TaskExecutor {
  private struct State {
    /// Goes from false to true once.
    var isStopped = false
    var jobs: [UnownedJob] = []
  }

  private let state = Mutex(State())
  // Safe to share: a POSIX semaphore is made for it, and this one is destroyed only in deinit.
  nonisolated(unsafe) private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  /// Starts the thread. Where the system gives none, tasks run on whatever thread wakes them.
  init() {
    sem_init(semaphore, 0, 0)
    // The thread owns this reference until it ends.
    let reference = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let code = pthread_create(
      &thread,
      nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<ControlThread>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      },
      reference.toOpaque()
    )
    guard code == 0 else {
      reference.release()
      state.withLock { $0.isStopped = true }
      return
    }
    pthread_detach(thread)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func enqueue(_ job: consuming ExecutorJob) {
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
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Lets the thread end once its queue is empty.
  func stop() {
    state.withLock { $0.isStopped = true }
    sem_post(semaphore)
  }

  private func work() {
    while true {
      // Interrupted by a signal handler it returns early; the queue says whether there is work.
      sem_wait(semaphore)
      let (jobs, isStopped) = state.withLock { state in
        let jobs = state.jobs
        state.jobs.removeAll(keepingCapacity: true)
        return (jobs, state.isStopped)
      }
      for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
      if jobs.isEmpty, isStopped { return }
    }
  }
}
