/// What one lane does next: a value without tasks.
///
/// A lane computes one chunk at a time, sends what it has computed meanwhile, and has its next lease in hand
/// when a chunk ends. A slot, which is a buffer for one chunk, is taken from the request for a lease on and
/// free again when its chunk is both computed and sent.
package struct LaneSchedule: Hashable, Sendable {
  /// What to start; each ends with an event of its own.
  package enum Step: Hashable, Sendable {
    /// Ask for a lease: ends with ``granted(slot:)``, ``notGranted(slot:)`` or ``drain(slot:)``.
    case ask(slot: Int)
    /// Compute and send a chunk: ends with ``computed(slot:)`` and ``sent(slot:)``, in any order;
    /// ``nearEnd(slot:)`` comes before or never.
    case run(slot: Int)
  }

  private enum Slot: Hashable {
    case free
    case asking
    /// It has a lease that waits for the lane.
    case leased
    case running(isComputed: Bool, isSent: Bool)
  }

  private var slots: [Slot]
  /// Whether the chunk under computation is almost done.
  private var isNearEnd = false
  private var isDraining = false

  /// Begins with free slots.
  ///
  /// - Parameter slots: How many chunks may be in memory at once, at least 1.
  package init(slots: Int) { self.slots = Array(repeating: .free, count: max(1, slots)) }

  /// The ready bytes from which on a chunk is almost done: early enough for the next lease to come on a busy
  /// machine, so late that the lease would hardly have started sooner elsewhere.
  package static func nearEnd(of total: Int) -> Int { total - total / 10 }

  /// Whether nothing is under way and nothing more will be.
  package var isOver: Bool { isDraining && slots.allSatisfy { $0 == .free } }

  /// What to start now.
  package mutating func steps() -> [Step] {
    var steps: [Step] = []
    var isComputing = slots.contains { if case .running(false, _) = $0 { true } else { false } }
    if !isComputing, let slot = slots.firstIndex(of: .leased) {
      slots[slot] = .running(isComputed: false, isSent: false)
      isNearEnd = false
      isComputing = true
      steps.append(.run(slot: slot))
    }
    let isProvided = slots.contains { $0 == .asking || $0 == .leased }
    if !isDraining, !isProvided, !isComputing || isNearEnd, let slot = slots.firstIndex(of: .free) {
      slots[slot] = .asking
      steps.append(.ask(slot: slot))
    }
    return steps
  }

  /// The lease that was asked for has come.
  package mutating func granted(slot: Int) { slots[slot] = .leased }

  /// The lease that came cannot be worked on.
  package mutating func notGranted(slot: Int) { slots[slot] = .free }

  /// There are no more leases to be had: what has been taken on is finished.
  package mutating func drain(slot: Int) {
    slots[slot] = .free
    isDraining = true
  }

  /// The chunk is almost computed.
  package mutating func nearEnd(slot: Int) {
    if case .running(isComputed: false, _) = slots[slot] { isNearEnd = true }
  }

  /// The lane is free of the chunk.
  package mutating func computed(slot: Int) { update(slot) { isComputed, _ in isComputed = true } }

  /// The chunk is delivered, or not wanted.
  package mutating func sent(slot: Int) { update(slot) { _, isSent in isSent = true } }

  private mutating func update(_ slot: Int, _ change: (inout Bool, inout Bool) -> Void) {
    guard case .running(var isComputed, var isSent) = slots[slot] else { return }
    change(&isComputed, &isSent)
    slots[slot] = isComputed && isSent ? .free : .running(isComputed: isComputed, isSent: isSent)
  }
}
