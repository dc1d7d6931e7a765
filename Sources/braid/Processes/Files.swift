internal import CommandLineSupport
internal import Glibc
internal import SystemText
internal import Tables

/// The name and text of a document.
struct DocumentFile: Sendable {
  /// The document's name in messages.
  var name: String
  /// The text in UTF-8, without a byte order mark.
  var bytes: [UInt8]

  /// The most bytes of a document.
  static let limit = 256 << 20

  /// Reads a document and checks that it is text.
  ///
  /// - Parameter path: A path, or `-` for standard input.
  /// - Throws: ``CommandFailure`` with code `badInput`.
  init(path: String) throws(CommandFailure) {
    if path == "-" {
      name = "stdin"
      bytes = try readAll(STDIN_FILENO, name: "standard input", limit: Self.limit)
    } else {
      name = SystemText.shown(path.split(separator: "/").last.map(String.init) ?? path)
      bytes = try readFile(path, limit: Self.limit)
    }
    bytes = try DocumentCheck.text(of: bytes, name: path == "-" ? "standard input" : path)
  }
}

/// Reads the secret by which workers are authorised, without the white space around it.
///
/// - Throws: ``CommandFailure`` with code `badInput` when there is none.
private func readToken(path: String) throws(CommandFailure) -> String {
  let bytes = try readFile(path, limit: 4096)
  let token = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  guard token.count == 1 else {
    throw CommandFailure(.badInput, "\(path) must hold one token, without spaces.")
  }
  return String(token[0])
}

/// Finds the token of workers: the file of the flag, that of `BRAID_TOKEN_FILE`, or `BRAID_TOKEN` itself; nil for none.
func workerToken(file: String?, _ settings: Settings) throws(CommandFailure) -> String? {
  if let path = file ?? settings["BRAID_TOKEN_FILE"] { return try readToken(path: path) }
  return settings["BRAID_TOKEN"]
}

private func readFile(_ path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
  let descriptor = SystemText.withBytes(path) { open($0, O_RDONLY | O_CLOEXEC) }
  guard descriptor >= 0 else { throw .cannotRead(path) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path) }
  if status.st_mode & S_IFMT == S_IFDIR {
    throw CommandFailure(.badInput, "\(path) is a folder: name a text file.")
  }
  return try readAll(descriptor, name: path, limit: limit)
}

private func readAll(_ descriptor: Int32, name: String, limit: Int) throws(CommandFailure) -> [UInt8] {
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let count = read(descriptor, &block, block.count)
    if count == 0 { return bytes }
    guard count > 0 else {
      if errno == EINTR { continue }
      throw .cannotRead(name)
    }
    guard bytes.count + count <= limit else {
      throw CommandFailure(.badInput, "\(name) is larger than \(Quantities.bytes(limit)): split it.")
    }
    bytes.append(contentsOf: block[..<count])
  }
}

extension CommandFailure {
  fileprivate static func cannotRead(_ name: String) -> CommandFailure {
    CommandFailure(.badInput, "Cannot read \(name): \(String(cString: strerror(errno))).")
  }
}
