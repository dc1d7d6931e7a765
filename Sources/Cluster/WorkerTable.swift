internal import Scheduling

/// The registered workers, and those that departed a short while ago.
struct WorkerTable<Connection: Hashable & Sendable>: Sendable {
  typealias Worker = RegisteredWorker<Connection>

  private struct Departure: Sendable {
    let worker: Worker
    let state: WorkerSnapshot.State
  }

  private static var shownDepartures: Int { 64 }

  private var workers: [WorkerID: Worker] = [:]
  private var byConnection: [Connection: WorkerID] = [:]
  private var byIncarnation: [UInt64: WorkerID] = [:]
  private var departures: [Departure] = []
  private var nextSession: UInt64
  private var nextLabel = 1

  /// Makes an empty table.
  ///
  /// - Parameter firstSession: The number of the first session.
  init(firstSession: UInt64) { nextSession = firstSession }

  /// The sessions' numbers.
  var ids: Dictionary<WorkerID, Worker>.Keys { workers.keys }
  /// True if no worker is registered.
  var isEmpty: Bool { workers.isEmpty }

  /// A worker by its session.
  subscript(_ id: WorkerID) -> Worker? { workers[id] }

  /// Returns the worker of a session, if it registered over this connection.
  func worker(_ session: UInt64, over connection: Connection) -> Worker? {
    guard let worker = workers[WorkerID(rawValue: session)], worker.connection == connection else {
      return nil
    }
    return worker
  }

  /// Returns the worker that registered over a connection.
  func worker(over connection: Connection) -> Worker? { byConnection[connection].flatMap { workers[$0] } }

  /// Returns the sessions that a registration ends: those of the same process or connection.
  func replaced(by registration: WorkerRegistration, over connection: Connection) -> [WorkerID] {
    let ids = Set([byConnection[connection], byIncarnation[registration.incarnation]].compactMap { $0 })
    return ids.sorted { $0.rawValue < $1.rawValue }
  }

  /// Adds a worker.
  mutating func add(
    _ registration: WorkerRegistration,
    over connection: Connection,
    address: String,
    at now: Instant
  ) -> Worker {
    let worker = Worker(
      id: WorkerID(rawValue: nextSession),
      label: "w\(nextLabel)",
      registration: registration,
      connection: connection,
      address: address,
      at: now
    )
    nextSession &+= 1
    nextLabel += 1
    workers[worker.id] = worker
    byConnection[connection] = worker.id
    byIncarnation[registration.incarnation] = worker.id
    return worker
  }

  /// Changes a worker; an unknown one changes nothing.
  mutating func update(_ id: WorkerID, _ change: (inout Worker) -> Void) {
    guard let index = workers.index(forKey: id) else { return }
    change(&workers.values[index])
  }

  /// Ends a session.
  ///
  /// - Returns: The worker, nil when it is not known.
  @discardableResult
  mutating func remove(_ id: WorkerID, as state: WorkerSnapshot.State, at now: Instant) -> Worker? {
    guard var worker = workers.removeValue(forKey: id) else { return nil }
    if byConnection[worker.connection] == id { byConnection[worker.connection] = nil }
    if byIncarnation[worker.registration.incarnation] == id {
      byIncarnation[worker.registration.incarnation] = nil
    }
    worker.note(leases: 0, at: now)
    departures.append(Departure(worker: worker, state: state))
    if departures.count > Self.shownDepartures { departures.removeFirst() }
    return worker
  }

  /// Returns the workers as shown to people: those that are registered, by age, then those that departed and
  /// were last heard of within the given time.
  func snapshots(isDraining: Bool, at now: Instant, shownAfterLoss: Duration) -> [WorkerSnapshot] {
    let present = workers.values.sorted { $0.id.rawValue < $1.id.rawValue }
      .map { $0.snapshot(state: $0.isDraining || isDraining ? .draining : .connected, at: now) }
    let gone = departures.lazy
      .filter { $0.worker.lastHeard.duration(to: now) < shownAfterLoss }
      .map { $0.worker.snapshot(state: $0.state, at: now) }
    return present + gone
  }
}
