internal import Scheduling

/// SplitMix64: the same sequence for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

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
