internal import Threads

/// The thread of the tasks that make decisions. They are short, and on Swift's own threads they would wait
/// for frames that are being checked and copied there.
final class ControlThread: TaskExecutor {
  /// Nil if the system gives no thread: tasks then run on whatever thread resumes them.
  private let thread = try? JobThread(name: "control")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let run: JobThread.Job = { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    if let thread { thread.run(run) } else { run() }
  }

  /// Lets the thread end once its queue is empty.
  func stop() { thread?.stop() }
}
