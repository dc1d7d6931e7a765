internal import Glibc

/// A test of how many threads can be started, by starting them: limits of users and groups count the threads
/// of other processes too, and some users are exempt.
package enum ThreadProbe {
  /// The stack size of a thread that stands for one of another process.
  private static let smallStack = 1 << 16
  /// The most threads that are started; a process that may start so many is taken to have enough.
  private static let most = 1024

  /// Starts threads, all at once, and ends them again.
  ///
  /// Takes some 20 microseconds for each. Nothing else is to start threads meanwhile.
  ///
  /// - Parameter need: The number of threads; those of this process get the usual stack.
  /// - Returns: The number that could be started, at most the one needed.
  package static func startable(_ need: ThreadNeed) -> Int {
    let gate = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(gate, 0, 0)
    var small = pthread_attr_t()
    pthread_attr_init(&small)
    pthread_attr_setstacksize(&small, smallStack)
    var threads: [pthread_t] = []
    func start(_ count: Int, _ attributes: UnsafePointer<pthread_attr_t>?) -> Bool {
      for _ in 0..<max(0, count) {
        var thread = pthread_t()
        let code = pthread_create(
          &thread,
          attributes,
          { argument in
            guard let gate = argument?.assumingMemoryBound(to: sem_t.self) else { return nil }
            while sem_wait(gate) != 0, errno == EINTR {}
            return nil
          },
          gate
        )
        guard code == 0 else { return false }
        threads.append(thread)
      }
      return true
    }
    let own = min(need.own, most)
    let isEnough = start(own, nil) && start(min(need.elsewhere, most - own), &small)
    for _ in threads { sem_post(gate) }
    for thread in threads { pthread_join(thread, nil) }
    pthread_attr_destroy(&small)
    sem_destroy(gate)
    gate.deallocate()
    return isEnough ? need.total : threads.count
  }
}
