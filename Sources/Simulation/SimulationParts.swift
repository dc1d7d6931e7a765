internal import Scheduling

/// An event of a simulation. Sending is none, since whatever is sent arrives.
enum SimulationEvent {
  case tick
  /// A lane's request for a lease arrives at the coordinator.
  case request(lane: Int, slot: Int, life: UInt64)
  /// A lease arrives at the worker.
  case leased(Int)
  /// The answer that there is nothing for a lane arrives at the worker.
  case notGranted(lane: Int, slot: Int, life: UInt64)
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
  case connectionLost(UInt64)
  case restarted(worker: Int)
}

/// A request of a worker to the coordinator. Runs are indices of ``ClusterSimulation/runs``.
enum SimulatedRequest {
  case registration(worker: Int)
  case poll(lane: Int, slot: Int, life: UInt64)
  case heartbeat(worker: Int, life: UInt64)
  case announcement(run: Int)
  case frame(run: Int)
  case end(run: Int)
}

/// A worker process; it gets a new life, and with it a new session, after each loss.
struct SimulatedWorker {
  let speed: Double
  var life: UInt64 = 0
  /// The number of its session with the coordinator.
  var session: UInt64 = 0
  var isAlive = true
  var attempts = 0
  /// The runs that it holds.
  var running: [Int] = []
  var computeNanoseconds: Int64 = 0
  var wireNanoseconds: Int64 = 0
}

/// A lane: its schedule, and the run of each slot.
struct SimulatedLane {
  var schedule: LaneSchedule
  var runs: [Int?]

  init(slots: Int) {
    schedule = LaneSchedule(slots: slots)
    runs = Array(repeating: nil, count: slots)
  }
}

/// The totals that a simulation counts on its way.
struct SimulationTally {
  var rows = 0.0
  var receivedBytes = 0
  var committedChunks = 0
  var retries = 0
  var copies = 0
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
  /// The life of the worker in which it got the lease.
  let life: UInt64
  /// Tokens to compute, the lead's among them.
  let rows: Int
  /// The frames to be sent and those under way.
  var transfer: TransferState
  /// The time at which the lane began, nil before.
  var startedAt: Int64?
  /// The time that the lane needs, in nanoseconds.
  var duration: Int64 = 0
  var isComputed = false
  var computedAt: Int64 = 0
  var isCancelled = false
  /// True if the worker is done with sending it, or has given it up.
  var isOver = false
  /// True if the worker may send.
  var isBegun = false
  /// True if its transfer waits for memory at the coordinator.
  var isWaiting = false
  var isAwaitingBytes = false
  var endSentAt: Int64 = 0
  var received = 0

  /// The number of the chunk's bytes.
  var total: Int { transfer.total }
}
