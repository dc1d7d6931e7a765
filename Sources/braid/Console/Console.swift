internal import APITypes
internal import CommandLineSupport
internal import Glibc
internal import Synchronization
internal import SystemText

/// Standard output for results, standard error for everything else, with one line at the bottom that is
/// redrawn.
final class Console: Sendable {
  /// How much is said on standard error.
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
  /// Whether the redrawn line can be shown.
  let redraws: Bool
  /// Whether results go to a terminal.
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
  /// - Throws: ``CommandFailure`` when it cannot be written, for example because nobody reads any more.
  func result(_ text: String) throws(CommandFailure) {
    clearRedrawnLine()
    if let code = write(text, to: STDOUT_FILENO) { throw .output(code: code) }
  }

  /// Writes a part of a text that a model made, as it is unless a terminal would act on it.
  ///
  /// - Throws: What ``result(_:)`` throws.
  func result(answer text: String) throws(CommandFailure) {
    try result(showsResults ? TerminalText.lines(text) : text)
  }

  /// Writes a line that quiet commands leave out.
  func note(_ line: String) {
    if verbosity > .quiet { warn(line) }
  }

  /// Writes a line that only talkative commands write.
  func detail(_ line: String) {
    if verbosity > .normal { warn(line) }
  }

  /// Writes a line to standard error.
  func warn(_ line: String) {
    clearRedrawnLine()
    _ = write(TerminalText.line(line) + "\n", to: STDERR_FILENO)
  }

  /// Shows how far an encoding is: at the bottom of a terminal, as a line elsewhere.
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
