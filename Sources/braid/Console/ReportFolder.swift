internal import ArgumentParser
internal import Charts
internal import CommandLineSupport
internal import Glibc
internal import SystemText

struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write a report with charts, report.md and SVG files, into this folder.",
      valueName: "folder"
    )
  )
  var report: String?

  mutating func validate() throws {
    if report?.isEmpty == true { throw ValidationError("--report is empty: name a folder.") }
  }

  /// Returns the folder, which is made if it is missing; nil if no report is wanted.
  func folder() throws(CommandFailure) -> ReportFolder? {
    guard let report else { return nil }
    return try ReportFolder(path: report)
  }
}

/// A folder for the files of a report.
struct ReportFolder: Sendable {
  private let path: String

  /// Makes the folder and its missing parents, before anything is measured for it.
  ///
  /// - Throws: ``CommandFailure`` with code `badInput` when nothing can be written there.
  init(path: String) throws(CommandFailure) {
    self.path = path
    var above = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      above += part
      if SystemText.withBytes(above, { mkdir($0, 0o777) }) != 0, errno != EEXIST {
        let failure = CommandFailure.cannotWrite(path)
        guard SystemText.withBytes(above, { access($0, F_OK) }) == 0 else { throw failure }
      }
      above += "/"
    }
    var status = stat()
    guard SystemText.withBytes(path, { stat($0, &status) }) == 0 else { throw .cannotWrite(path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw CommandFailure(.badInput, "Cannot write the report: \(path) is not a folder.")
    }
    guard SystemText.withBytes(path, { access($0, W_OK | X_OK) }) == 0 else { throw .cannotWrite(path) }
  }

  /// Writes all files of a report. Each of them is written whole or not at all.
  ///
  /// - Parameters:
  ///   - report: The report.
  ///   - withPage: Whether it is also written as one page of HTML.
  ///   - console: Where the name of the first file is said.
  /// - Throws: ``CommandFailure`` with code `badInput` when a file cannot be written.
  func write(_ report: Report, withPage: Bool = false, _ console: Console) throws(CommandFailure) {
    let files = (withPage ? [report.page()] : []) + report.files()
    // In reverse order, so that the Markdown and the page come after the charts that they show.
    for file in files.reversed() { try write(file.content, as: "\(path)/\(file.name)") }
    console.note("report: \(path)/\(files.first?.name ?? "")")
  }

  private func write(_ content: String, as target: String) throws(CommandFailure) {
    let temporary = "\(target).\(getpid()).tmp"
    let descriptor = SystemText.withBytes(temporary) {
      open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw .cannotWrite(target) }
    let isWritten = braid.write(content, to: descriptor) == nil
    guard close(descriptor) == 0, isWritten, move(temporary, to: target) else {
      let failure = CommandFailure.cannotWrite(target)
      _ = SystemText.withBytes(temporary) { unlink($0) }
      throw failure
    }
  }
}

private func move(_ path: String, to target: String) -> Bool {
  SystemText.withBytes(path) { path in SystemText.withBytes(target) { rename(path, $0) } } == 0
}

extension CommandFailure {
  fileprivate static func cannotWrite(_ path: String) -> CommandFailure {
    CommandFailure(.badInput, "Cannot write the report to \(path): \(String(cString: strerror(errno))).")
  }
}
