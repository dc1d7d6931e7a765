internal import Failures

/// The threads that a command needs.
package struct ThreadNeed: Hashable, Sendable {
  /// The threads of this process, without its first.
  package var own: Int
  /// The threads of the processes that it starts.
  package var elsewhere: Int

  package init(own: Int, elsewhere: Int = 0) {
    self.own = own
    self.elsewhere = elsewhere
  }

  /// The number of all of them.
  package var total: Int {
    let (sum, overflows) = own.addingReportingOverflow(elsewhere)
    return overflows ? .max : sum
  }

  /// The need of a process that waits in Swift's thread pool.
  ///
  /// - Parameter processors: The processors that it may use.
  /// - Returns: Its need.
  package static func waiting(processors: Int) -> ThreadNeed { ThreadNeed(own: processors + 6) }

  /// The same with the threads of an event loop group added.
  package func withEventLoops(_ count: Int) -> ThreadNeed { adding(count) }

  /// The same with libnng's own threads added: two that work and one that watches timers for each processor
  /// of the machine, up to the library's limits, and some for names, sockets and cleaning up.
  ///
  /// - Parameter machine: The processors of the machine, whether allowed or not: the library counts them all.
  /// - Returns: A larger need.
  package func withMessaging(machine: Int) -> ThreadNeed {
    let processors = max(1, min(machine, 1 << 16))
    return adding(min(16, 2 * processors) + min(8, processors) + 8)
  }

  /// The same with threads that compute.
  package func computing(_ count: Int) -> ThreadNeed { adding(count) }

  /// The same with processes that have a need of their own, and a first thread each.
  package func starting(_ processes: Int, each need: ThreadNeed) -> ThreadNeed {
    let (one, isMuch) = need.total.addingReportingOverflow(1)
    let (all, isMore) = one.multipliedReportingOverflow(by: max(0, processes))
    let (sum, isMost) = elsewhere.addingReportingOverflow(all)
    return ThreadNeed(own: own, elsewhere: isMuch || isMore || isMost ? .max : sum)
  }

  private func adding(_ count: Int) -> ThreadNeed {
    let (sum, overflows) = own.addingReportingOverflow(max(0, count))
    return ThreadNeed(own: overflows ? .max : sum, elsewhere: elsewhere)
  }
}

/// The limits on the number of threads.
package struct ThreadLimits: Hashable, Sendable {
  /// The most processes and threads of this user; nil for no limit.
  package var processesOfUser: Int?
  /// The most processes and threads of the control group; nil for no limit.
  package var controlGroup: Int?

  package init(processesOfUser: Int?, controlGroup: Int?) {
    self.processesOfUser = processesOfUser
    self.controlGroup = controlGroup
  }
}

/// Fewer threads can be started than a command needs.
package struct ThreadShortage: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The system starts fewer threads than are needed.
    case tooFewThreads
  }

  /// The kind of the failure.
  package let code = Code.tooFewThreads
  /// The need, the limits and the remedy in a sentence.
  package let message: String

  /// Compares what is needed with what could be started; nil when that is enough.
  ///
  /// - Parameters:
  ///   - need: The need of the command.
  ///   - startable: The number of threads that could be started.
  ///   - limits: The limits of the system.
  package init?(need: ThreadNeed, startable: Int, limits: ThreadLimits) {
    guard startable < need.total else { return nil }
    message = Self.sentence(need, startable, limits)
  }

  private static func sentence(_ need: ThreadNeed, _ startable: Int, _ limits: ThreadLimits) -> String {
    var known: [String] = []
    if let count = limits.processesOfUser {
      known.append("ulimit -u is \(count) for all processes of this user")
    }
    if let count = limits.controlGroup { known.append("pids.max of the control group is \(count)") }
    if known.isEmpty { known.append("neither ulimit -u nor pids.max limits them: memory or ulimit -v may") }
    return
      "This needs \(need.total) threads and the system starts \(startable) more (\(known.joined(separator: ", "))): "
      + "raise the limit, end other processes, or give fewer workers and lanes."
  }
}
