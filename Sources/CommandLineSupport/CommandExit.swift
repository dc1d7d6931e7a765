/// The exit codes of all commands, which say how a command ended.
package enum CommandExit: Int32, CaseIterable, Sendable {
  /// The command did what it was asked.
  case done = 0
  /// The command line is wrong.
  case usage = 2
  /// The document, the model or the question is wrong.
  case badInput = 3
  /// There is no coordinator at the given address, or it accepts no work now.
  case unreachable = 4
  /// The coordinator refused the token.
  case unauthorised = 5
  /// The work was begun and not finished, its result could not be written, or the system starts too few
  /// threads for it.
  case failed = 6
  /// A signal ended the command.
  case interrupted = 7

  /// The meaning in a few words.
  package var meaning: String {
    switch self {
    case .done: "done"
    case .usage: "wrong use of the command line"
    case .badInput: "bad input: document, model or question"
    case .unreachable: "cannot reach the coordinator"
    case .unauthorised: "not authorised"
    case .failed: "the job failed"
    case .interrupted: "interrupted by a signal"
    }
  }

  /// All codes with their meanings, for the help text.
  package static var table: String {
    allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n")
  }
}
