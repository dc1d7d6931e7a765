internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import Synchronization
internal import SystemText

/// The output of a command: standard output for results, standard error for everything else. On a terminal,
/// one line at the bottom is redrawn.
final class Console: Sendable {
  /// The amount of output on standard error.
  enum Verbosity: Int, Comparable, Sendable {
    /// Warnings and the final error only.
    case quiet
    /// Progress and summaries too.
    case normal
    /// Logs of all parts too.
    case verbose

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  let verbosity: Verbosity
  /// True if the redrawn line can be shown.
  let redraws: Bool
  /// True if results go to a terminal.
  private let showsResults = isatty(STDOUT_FILENO) == 1
  private let colour: Bool
  private let redrawnLineIsVisible = Mutex(false)

  init(verbosity: Verbosity, settings: Settings) {
    self.verbosity = verbosity
    let isTerminal = isatty(STDERR_FILENO) == 1 && settings["TERM"] != "dumb"
    redraws = isTerminal && verbosity > .quiet
    colour = settings["NO_COLOR"] == nil
  }

  /// Writes a result.
  ///
  /// - Throws: ``CommandFailure`` when it cannot be written, for example because the reader has gone.
  func result(_ text: String) throws(CommandFailure) {
    clearRedrawnLine()
    if let code = write(text, to: STDOUT_FILENO) { throw .output(code: code) }
  }

  /// Writes a part of a text that a model made. On a terminal, what it would act on is replaced.
  ///
  /// - Throws: Errors of ``result(_:)``.
  func result(answer text: String) throws(CommandFailure) {
    try result(showsResults ? TerminalText.lines(text) : text)
  }

  /// Writes a line, unless the verbosity is `quiet`.
  func note(_ line: String) {
    if verbosity > .quiet { warn(line) }
  }

  /// Writes a line if the verbosity is `verbose`.
  func detail(_ line: String) {
    if verbosity > .normal { warn(line) }
  }

  /// Writes a line to standard error.
  func warn(_ line: String) {
    clearRedrawnLine()
    _ = write(TerminalText.line(line) + "\n", to: STDERR_FILENO)
  }

  /// Writes a warning to standard error, before there is any progress to show.
  static func warning(_ line: String) {
    _ = write(TerminalText.line("warning: \(line)") + "\n", to: STDERR_FILENO)
  }

  /// Shows the progress of an encoding: at the bottom of a terminal, elsewhere as a line.
  func show(_ progress: EncodeProgress) {
    guard redraws else { return note(ProgressText.plain(progress)) }
    let line = ProgressText.bar(progress, width: terminalWidth(), colour: colour)
    redrawnLineIsVisible.withLock { visible in
      _ = write("\r\(line)\u{1B}[K", to: STDERR_FILENO)
      visible = true
    }
  }

  /// Removes the redrawn line.
  func clearRedrawnLine() {
    redrawnLineIsVisible.withLock { visible in
      if visible { _ = write("\r\u{1B}[K", to: STDERR_FILENO) }
      visible = false
    }
  }

  private func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
