/// Why a worker cannot go on.
public enum WorkerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The coordinator's address has no host and port.
  case invalidAddress(String)

  /// The number of lanes is not positive, or the frame size is too small.
  case invalidConfiguration(reason: String)

  /// The coordinator does not take this worker, for a reason that will not pass: another model or protocol
  /// version.
  case refused(reason: String)

  /// The coordinator does not know this worker's token.
  case notAuthorised(reason: String)

  /// The coordinator could not be reached within the time allowed.
  case unreachable(address: String, seconds: Double)

  /// A lane's encoder cannot be made.
  case encoder(reason: String)

  /// The system gives no thread for a lane.
  case noThread(code: Int32)

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .invalidAddress(let address):
      "'\(address)' is no address of a coordinator; write it like tcp://127.0.0.1:7700"
    case .invalidConfiguration(let reason): reason
    case .refused(let reason): "the coordinator refuses this worker: \(reason)"
    case .notAuthorised(let reason): "the coordinator does not admit this worker: \(reason)"
    case .unreachable(let address, let seconds):
      "no coordinator answers at \(address), tried for \(Int(seconds)) s; start it or correct the address"
    case .encoder(let reason): "a lane cannot be set up: \(reason)"
    case .noThread(let code): "the system gives no thread for a lane (error \(code)); use fewer lanes"
    }
  }
}
