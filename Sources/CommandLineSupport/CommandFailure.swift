package import APITypes
internal import Failures
internal import SystemText

/// A command that could not be carried out: the exit code and the one line a person gets to read.
package struct CommandFailure: CodedError {
  /// The exit code.
  package var code: CommandExit
  /// One sentence: the fault and its remedy.
  package var message: String
  /// The error that the command met, where it did not find the failure itself.
  package var cause: (any Error)?

  /// A failure with its sentence.
  package init(_ code: CommandExit, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Makes the failure of a command that gets this error from the coordinator.
  package init(_ error: ServiceError) {
    self.init(error.code.exitCode, error.message, cause: error)
  }

  /// The failure of a command that a signal ended.
  package static let interrupted = CommandFailure(.interrupted, "Interrupted.")

  /// The printed line: one line, whatever the message holds.
  package var line: String {
    let words = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "braid: \(TerminalText.line(words))"
  }
}

extension ServiceError.Code {
  /// The exit code of a command that gets this answer.
  package var exitCode: CommandExit {
    switch self {
    case .badInput, .notFound, .tooLarge, .notText: .badInput
    case .notReady, .failed: .failed
    case .unavailable: .unreachable
    case .unauthorised: .unauthorised
    }
  }
}
