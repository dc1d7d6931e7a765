internal import Glibc
internal import Logging

/// A log handler that writes to standard error: `09:41:07 info worker joined (id: w1)`.
struct ConsoleLogHandler: LogHandler {
  let console: Console
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(console: Console, level: Logger.Level) {
    self.console = console
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let tail = fields.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    console.warn("\(wallClock()) \(event.level) \(event.message)" + (tail.isEmpty ? "" : " (\(tail))"))
  }

  private func wallClock() -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return [parts.tm_hour, parts.tm_min, parts.tm_sec]
      .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }
}

extension Console {
  /// Makes the logger of a command that answers and ends. It logs only errors, unless the verbosity is
  /// `verbose`.
  func jobLogger() -> Logger { logger(normal: .error) }

  /// Makes the logger of a process that runs on. It logs what happens, unless the verbosity is `quiet`.
  func serviceLogger() -> Logger { logger(normal: .info) }

  private func logger(normal: Logger.Level) -> Logger {
    let level: Logger.Level =
      switch verbosity {
      case .quiet: .error
      case .normal: normal
      case .verbose: .debug
      }
    return Logger(label: "braid") { _ in ConsoleLogHandler(console: self, level: level) }
  }
}
