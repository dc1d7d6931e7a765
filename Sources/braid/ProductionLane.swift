internal import Simulation
internal import Worker

/// A simulated lane that decides by the worker's own schedule.
struct ProductionLane: LaneDecisions {
  private var schedule: LaneSchedule

  init(slots: Int) { schedule = LaneSchedule(slots: slots) }

  static func nearEnd(of total: Int) -> Int { LaneSchedule.nearEnd(of: total) }

  mutating func steps() -> [LaneStep] {
    schedule.steps().map { step in
      switch step {
      case .ask(let slot): .ask(slot: slot)
      case .run(let slot): .run(slot: slot)
      }
    }
  }

  mutating func granted(slot: Int) { schedule.granted(slot: slot) }
  mutating func nearEnd(slot: Int) { schedule.nearEnd(slot: slot) }
  mutating func computed(slot: Int) { schedule.computed(slot: slot) }
  mutating func sent(slot: Int) { schedule.sent(slot: slot) }
}
