internal import Failures
internal import Threads

/// Why a worker cannot go on.
package struct WorkerError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The number of lanes or of models, or the frame size, is not possible.
    case invalidConfiguration
    /// The coordinator does not take this worker, for a reason that will not pass: another model or protocol
    /// version.
    case refused
    /// The coordinator does not know this worker's token.
    case notAuthorised
    /// The coordinator could not be reached within the time allowed.
    case unreachable
    /// The peer at the coordinator's address is no coordinator.
    case wrongPeer
    /// A lane's encoder cannot be made.
    case encoder
    /// The system gives no thread for a lane.
    case noThread
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String
  /// The error of the connection, of a message, of the encoder or of the thread, where that was the reason.
  package let cause: (any Error)?

  private init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension WorkerError {
  /// The configuration makes no sense, for a reason that is the whole message.
  package static func invalidConfiguration(reason: String) -> WorkerError {
    WorkerError(.invalidConfiguration, reason)
  }

  /// The coordinator does not take this worker.
  package static func refused(reason: String, cause: (any Error)? = nil) -> WorkerError {
    WorkerError(.refused, "the coordinator refuses this worker: \(reason)", cause: cause)
  }

  /// The coordinator does not know this worker's token.
  package static func notAuthorised(reason: String) -> WorkerError {
    WorkerError(.notAuthorised, "the coordinator does not admit this worker: \(reason)")
  }

  /// The coordinator could not be reached within the time allowed.
  package static func unreachable(
    address: String,
    seconds: Double,
    reason: String,
    cause: (any Error)? = nil
  ) -> WorkerError {
    WorkerError(
      .unreachable,
      "no coordinator answers at \(address), tried for \(Int(seconds)) s (\(reason)); start it or correct the address",
      cause: cause
    )
  }

  /// The peer at the coordinator's address is no coordinator.
  package static func wrongPeer(address: String, speaks: String) -> WorkerError {
    WorkerError(
      .wrongPeer,
      "what listens at \(address) speaks \(speaks): it is no coordinator's port for workers, which a coordinator prints when it starts"
    )
  }

  /// A lane's encoder cannot be made.
  package static func encoder(_ cause: any Error) -> WorkerError {
    WorkerError(.encoder, "a lane cannot be set up: \(cause)", cause: cause)
  }

  /// The system gives no thread for a lane.
  static func noThread(_ cause: NoThread) -> WorkerError {
    WorkerError(
      .noThread,
      "the system gives no thread for a lane (error \(cause.errorNumber)); use fewer lanes",
      cause: cause
    )
  }
}
