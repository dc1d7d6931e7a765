public import APITypes
internal import SystemText

/// A command that could not be carried out: the exit code and the one line a person gets to read.
public struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The exit code.
  public var status: CommandExit
  /// What is wrong and what to do.
  public var message: String

  /// A failure with its sentence.
  public init(_ status: CommandExit, _ message: String) {
    self.status = status
    self.message = message
  }

  /// The failure that an answer of the coordinator comes to.
  public init(_ error: ServiceError) {
    self.init(error.kind.exitStatus, error.message)
  }

  /// A command that a signal ended.
  public static let interrupted = CommandFailure(.interrupted, "Interrupted.")

  /// The sentence.
  public var description: String { message }

  /// What is printed: one line, whatever the message holds.
  public var line: String {
    let words = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "braid: \(TerminalText.line(words))"
  }
}

extension ServiceError.Kind {
  /// The exit code of a command that gets this answer.
  public var exitStatus: CommandExit {
    switch self {
    case .badInput, .notFound, .tooLarge, .notText: .badInput
    case .notReady, .failed: .failed
    case .unavailable: .unreachable
    case .unauthorised: .unauthorised
    }
  }
}
