/// The state machine of one lane, which decides what the lane starts next: a value without tasks.
///
/// A lane computes one chunk at a time, sends meanwhile what it has computed, and asks for its next lease
/// before the chunk ends. A slot is a buffer for one chunk. It is taken when a lease is asked for, and free
/// again when the chunk is both computed and sent.
package struct LaneSchedule: Hashable, Sendable {
  /// An activity to start; it ends with an event of its own.
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
    /// Has a lease that waits for the lane.
    case leased
    case running(isComputed: Bool, isSent: Bool)
  }

  private var slots: [Slot]
  /// True if the chunk being computed is almost done.
  private var isNearEnd = false
  private var isDraining = false

  /// Makes the schedule of a lane with free slots.
  ///
  /// - Parameter slots: The most chunks in memory at once, at least 1.
  package init(slots: Int) { self.slots = Array(repeating: .free, count: max(1, slots)) }

  /// Returns the number of ready bytes, nine tenths of `total`, from which a chunk is almost done.
  ///
  /// The next lease then arrives in time even on a busy machine, and would hardly have started sooner on
  /// another lane.
  package static func nearEnd(of total: Int) -> Int { total - total / 10 }

  /// True if nothing is under way and nothing more will be started.
  package var isOver: Bool { isDraining && slots.allSatisfy { $0 == .free } }

  /// Returns the activities to start now, and counts them as started.
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

  /// Notes that the lease that was asked for has arrived.
  package mutating func granted(slot: Int) { slots[slot] = .leased }

  /// Notes that a lease has arrived that cannot be worked on.
  package mutating func notGranted(slot: Int) { slots[slot] = .free }

  /// Notes that there are no more leases: the lane finishes what it has and asks for nothing more.
  package mutating func drain(slot: Int) {
    slots[slot] = .free
    isDraining = true
  }

  /// Notes that the chunk is almost computed.
  package mutating func nearEnd(slot: Int) {
    if case .running(isComputed: false, _) = slots[slot] { isNearEnd = true }
  }

  /// Notes that the chunk is computed, or given up, and the lane free for the next.
  package mutating func computed(slot: Int) { update(slot) { isComputed, _ in isComputed = true } }

  /// Notes that the chunk is delivered or no longer wanted.
  package mutating func sent(slot: Int) { update(slot) { _, isSent in isSent = true } }

  private mutating func update(_ slot: Int, _ change: (inout Bool, inout Bool) -> Void) {
    guard case .running(var isComputed, var isSent) = slots[slot] else { return }
    change(&isComputed, &isSent)
    slots[slot] = isComputed && isSent ? .free : .running(isComputed: isComputed, isSent: isSent)
  }
}
