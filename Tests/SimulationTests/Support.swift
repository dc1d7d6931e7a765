internal import Simulation

/// A lane with the rules of a worker's: one chunk is computed at a time, the next lease is asked for near its
/// end, and a slot is free when its chunk is computed and sent.
struct TestLane: LaneDecisions {
  private enum Slot: Equatable {
    case free, asking, leased
    case running(computed: Bool, sent: Bool)
  }

  private var slots: [Slot]
  private var isNearEnd = false

  init(slots: Int) { self.slots = Array(repeating: .free, count: slots) }

  static func nearEnd(of total: Int) -> Int { total - total / 10 }

  mutating func steps() -> [LaneStep] {
    var steps: [LaneStep] = []
    var isComputing = slots.contains { if case .running(false, _) = $0 { true } else { false } }
    if !isComputing, let slot = slots.firstIndex(of: .leased) {
      slots[slot] = .running(computed: false, sent: false)
      (isComputing, isNearEnd) = (true, false)
      steps.append(.run(slot: slot))
    }
    let isProvided = slots.contains { $0 == .asking || $0 == .leased }
    if !isProvided, !isComputing || isNearEnd, let slot = slots.firstIndex(of: .free) {
      slots[slot] = .asking
      steps.append(.ask(slot: slot))
    }
    return steps
  }

  mutating func granted(slot: Int) { slots[slot] = .leased }
  mutating func nearEnd(slot: Int) { isNearEnd = true }

  mutating func computed(slot: Int) {
    if case .running(_, let sent) = slots[slot] {
      slots[slot] = sent ? .free : .running(computed: true, sent: false)
    }
  }

  mutating func sent(slot: Int) {
    if case .running(let computed, _) = slots[slot] {
      slots[slot] = computed ? .free : .running(computed: false, sent: true)
    }
  }
}

/// Figures of a program that holds nothing up.
let generousFigures = ProgramFigures(
  frameBytes: 2 << 20,
  framesUnderWay: 2,
  laneSlots: 2,
  budgetBytes: 1 << 50,
  admissionSeconds: 2,
  deferralSeconds: 0.02
)

/// Costs of computing alone: a second for a chunk of 1,000 tokens.
let computeOnly = CostModel(
  secondsPerRow: 1e-3,
  secondsPerRowSquared: 0,
  layers: 10,
  bytesPerToken: 1000,
  ingestBytesPerSecond: 1e15,
  messageSeconds: 0,
  leaseSeconds: 0,
  mergeSeconds: 0,
  sendSecondsPerByte: 0,
  receiveSecondsPerByte: 0
)

/// A cluster with a link that takes no time.
func cluster(
  workers: Int,
  chunks: Int,
  tokens: Int = 1000,
  costs: CostModel = computeOnly
) -> ClusterConfiguration {
  ClusterConfiguration(
    workers: workers,
    chunks: Array(repeating: SimulatedChunk(tokens: tokens), count: chunks),
    costs: costs,
    link: LinkModel(bytesPerSecond: 1e15, latencySeconds: 0),
    figures: generousFigures
  )
}

func simulated(_ configuration: ClusterConfiguration) -> SimulationOutcome {
  var simulation = ClusterSimulation(configuration, lane: TestLane.self)
  return simulation.run()
}
