/// The reason why a worker cannot go on.
public enum WorkerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number of lanes is not positive, or the frame size is too small.
  case invalidConfiguration(reason: String)

  /// The coordinator refuses this worker, for a reason that will not pass: another model or protocol version.
  case refused(reason: String)

  /// The coordinator does not know this worker's token.
  case notAuthorised(reason: String)

  /// The coordinator could not be reached within the time allowed, for this reason.
  case unreachable(address: String, seconds: Double, reason: String)

  /// The peer at the coordinator's address is no coordinator.
  case wrongPeer(address: String, speaks: String)

  /// A lane's encoder cannot be made.
  case encoder(reason: String)

  /// The system gives no thread for a lane.
  case noThread(code: Int32)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .invalidConfiguration(let reason): reason
    case .refused(let reason): "the coordinator refuses this worker: \(reason)"
    case .notAuthorised(let reason): "the coordinator does not admit this worker: \(reason)"
    case .unreachable(let address, let seconds, let reason):
      "no coordinator answers at \(address), tried for \(Int(seconds)) s (\(reason)); start it or correct the address"
    case .wrongPeer(let address, let speaks):
      "what listens at \(address) speaks \(speaks): it is no coordinator's port for workers, which a coordinator prints when it starts"
    case .encoder(let reason): "a lane cannot be set up: \(reason)"
    case .noThread(let code): "the system gives no thread for a lane (error \(code)); use fewer lanes"
    }
  }
}
