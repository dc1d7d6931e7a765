public import APITypes
public import Failures
internal import SystemText

/// A command that could not be carried out: the exit code and the one line a person gets to read.
public struct CommandFailure: CodedError {
  /// The exit code.
  public var code: CommandExit
  /// One sentence: the fault and its remedy.
  public var message: String
  /// The error that the command met, where it did not find the failure itself.
  public var cause: (any Error)?

  /// A failure with its sentence.
  public init(_ code: CommandExit, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Makes the failure of a command that gets this error from the coordinator.
  public init(_ error: ServiceError) {
    self.init(error.code.exitCode, error.message, cause: error)
  }

  /// The failure of a command that a signal ended.
  public static let interrupted = CommandFailure(.interrupted, "Interrupted.")

  /// The printed line: one line, whatever the message holds.
  public var line: String {
    let words = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "braid: \(TerminalText.line(words))"
  }
}

extension ServiceError.Code {
  /// The exit code of a command that gets this answer.
  public var exitCode: CommandExit {
    switch self {
    case .badInput, .notFound, .tooLarge, .notText: .badInput
    case .notReady, .failed: .failed
    case .unavailable: .unreachable
    case .unauthorised: .unauthorised
    }
  }
}
