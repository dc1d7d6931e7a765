internal import Threads

/// The thread of one actor's jobs. Long computations stay off Swift's own threads, which all tasks share.
package final class LaneExecutor: SerialExecutor {
  private let thread: JobThread

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: The thread's name; 15 bytes of it are kept.
  ///   - cpu: The processor to stay on, nil for any.
  /// - Throws: ``WorkerError`` when the system gives no thread.
  package init(name: String, cpu: Int? = nil) throws(WorkerError) {
    do throws(NoThread) {
      thread = try JobThread(name: name, cpu: cpu)
    } catch {
      throw .noThread(error)
    }
  }

  /// Runs a job on the thread.
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    thread.run { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  /// Lets the thread end once its queue is empty.
  package func stop() { thread.stop() }
}
