internal import Scheduling

extension Instant {
  static func seconds(_ seconds: Double) -> Instant {
    Instant(nanoseconds: Int64(seconds * 1e9))
  }
}

extension WorkerID {
  init(_ number: UInt64) {
    self.init(rawValue: number)
  }
}

extension JobID {
  init(_ number: UInt128) {
    self.init(rawValue: number)
  }
}

extension LeaseDecision {
  var lease: Lease? {
    if case .grant(let lease) = self { lease } else { nil }
  }
}

extension CompletionDecision {
  var actions: [SchedulerAction]? {
    if case .accepted(let actions) = self { actions } else { nil }
  }
}
