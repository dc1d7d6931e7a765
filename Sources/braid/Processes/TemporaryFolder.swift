internal import CommandLineSupport
internal import Glibc
internal import Recordings
internal import SystemText

/// Runs a body with a folder that is removed afterwards.
func withTemporaryFolder<Result: Sendable>(
  _ body: (String) async throws -> Result
) async throws -> Result {
  let parent = Settings.current["TMPDIR"] ?? "/tmp"
  var template = SystemText.bytes("\(parent)/braid-replay-XXXXXX").map { CChar(bitPattern: $0) } + [0]
  guard mkdtemp(&template) != nil else {
    throw CommandFailure(.failed, "Cannot make a folder in \(parent): \(String(cString: strerror(errno))).")
  }
  let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
  let folder = SystemText.text(bytes)
  defer { remove(folder) }
  return try await body(folder)
}

/// Removes a folder of files.
private func remove(_ folder: String) {
  for name in (try? namesInFolder(folder)) ?? [] {
    _ = SystemText.withBytes("\(folder)/\(name)") { unlink($0) }
  }
  _ = SystemText.withBytes(folder) { rmdir($0) }
}
