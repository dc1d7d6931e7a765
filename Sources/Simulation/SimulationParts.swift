internal import Scheduling

/// Something that happens at one time. Times of sending are not events: what is sent arrives.
enum SimulationEvent {
  case tick
  /// A lane's request for a lease arrives at the coordinator.
  case request(lane: Int, slot: Int, life: UInt64)
  /// The answer to it arrives at the worker.
  case leased(Int)
  /// A chunk's first layer is final: its transfer is announced.
  case firstBytes(Int)
  case beginArrived(Int)
  case begun(Int)
  /// A frame's last byte is final.
  case ready(Int)
  case frameArrived(Int, bytes: Int)
  case stored(Int, bytes: Int)
  case accepted(Int)
  case nearEnd(Int)
  case computed(Int)
  case endArrived(Int)
  /// The worker learns that its chunk is stored or not wanted.
  case delivered(Int)
  case died(worker: Int, life: UInt64)
  case connectionLost(WorkerID)
  case restarted(worker: Int)
}

/// A worker process; its lives are told apart as sessions are.
struct SimulatedWorker {
  let speed: Double
  var life: UInt64 = 0
  var isAlive = true
  var attempts = 0
  /// The runs it holds.
  var running: [Int] = []
  var computeNanoseconds: Int64 = 0
  var wireNanoseconds: Int64 = 0
}

/// A lane and what it has in hand.
struct SimulatedLane {
  var decisions: any LaneDecisions
  /// The run of each slot.
  var runs: [Int?]

  init(_ lane: any LaneDecisions.Type, slots: Int) {
    decisions = lane.init(slots: slots)
    runs = Array(repeating: nil, count: slots)
  }
}

/// A request for a lease that waits.
struct SimulatedPoll {
  let lane: Int
  let slot: Int
  let worker: WorkerID
}

/// What is counted on the way of a simulation.
struct SimulationTally {
  var rows = 0.0
  var receivedBytes = 0
  var committedChunks = 0
  /// Lane seconds of the committed chunks, at speed 1.
  var work = 0.0
}

/// One lease on its way through a lane and over the link.
struct SimulatedRun {
  let token: LeaseToken
  let chunk: Int
  let lane: Int
  let slot: Int
  let worker: Int
  /// The life of the worker that got it.
  let life: UInt64
  /// Tokens to compute, the lead's among them.
  let rows: Int
  let total: Int
  /// When the lane began, nil before.
  var startedAt: Int64?
  /// How long the lane needs.
  var duration: Int64 = 0
  var isComputed = false
  var computedAt: Int64 = 0
  var isCancelled = false
  /// Whether the worker is done with sending it, or never will be.
  var isOver = false
  /// Whether the worker may send.
  var isBegun = false
  /// Whether the coordinator keeps memory for it.
  var isReserved = false
  /// Whether it waits for room at the coordinator.
  var isWaiting = false
  var nextOffset = 0
  var underWay = 0
  var isAwaitingBytes = false
  var endSentAt: Int64 = 0
  var received = 0
}
