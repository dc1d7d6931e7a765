internal import Threads

/// One thread that runs the tasks that decide: they are short, and on Swift's own threads each would stand
/// behind whatever frames are just being checked and copied there.
final class ControlThread: TaskExecutor {
  /// Nil where the system gives none: tasks then run on whatever thread wakes them.
  private let thread = try? JobThread(name: "control")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let run: JobThread.Job = { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    if let thread { thread.run(run) } else { run() }
  }

  /// Lets the thread end once its queue is empty.
  func stop() { thread?.stop() }
}
