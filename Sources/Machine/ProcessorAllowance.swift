/// The number of processors that this process may use, and the reason for no more.
package struct ProcessorAllowance: Hashable, Sendable, CustomStringConvertible {
  /// A reason why a process may not use all processors.
  package enum Limit: Hashable, Sendable {
    /// The set of processors it may run on: `taskset`, a scheduler's binding, a cpuset.
    case affinity
    /// The time that its control group may use, in processors.
    case quota(Double)
  }

  /// The processors to count on, at least 1.
  package let count: Int
  /// The processors of the machine.
  package let machine: Int
  /// The reason why ``count`` is less than ``machine``; nil if it is not.
  package let limit: Limit?

  /// Chooses the number of processors to count on.
  ///
  /// A quota counts in whole processors, rounded down but to no less than 1. Of two threads that shared one
  /// and a half processors, each would be stopped for a quarter of the time, at arbitrary moments.
  ///
  /// - Parameters:
  ///   - machine: The processors of the machine.
  ///   - allowed: The processors that the process may run on.
  ///   - quota: The least quota of its control groups, in processors; nil for none.
  package init(machine: Int, allowed: Int, quota: Double?) {
    let allowed = max(1, allowed)
    self.machine = max(machine, allowed)
    if let quota, quota < Double(allowed) {
      count = max(1, Int(quota))
      limit = count < self.machine ? .quota(quota) : nil
    } else {
      count = allowed
      limit = allowed < self.machine ? .affinity : nil
    }
  }

  /// The numbers and the reason: "1 of 2 processors, by affinity".
  package var description: String {
    switch limit {
    case nil: count == 1 ? "1 processor" : "\(count) processors"
    case .affinity: "\(count) of \(machine) processors, by affinity"
    case .quota(let quota):
      "\(count) of \(machine) processors, by a control group's quota of \(Double(Int(min(quota, 1e6) * 100)) / 100)"
    }
  }
}
