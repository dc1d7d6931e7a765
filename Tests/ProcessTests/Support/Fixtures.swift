internal import Glibc
internal import TestSupport

/// An error: something that the tests need cannot be found.
struct MissingFixture: Error, CustomStringConvertible {
  let description: String
}

/// The model, the document and the program under test.
enum Fixtures {
  /// Returns the model: `BRAID_TEST_MODEL`, or the one that `scripts/setup` installed.
  static func model() throws -> String {
    try TestFiles.model()
  }

  /// Returns the sample document: `BRAID_TEST_DOCUMENT`, or the one that `scripts/setup` installed.
  static func document() throws -> [UInt8] {
    try read(try TestFiles.document())
  }

  /// Returns a part of the sample document, from line break to line break, of about four characters a token.
  static func excerpt(characters: Int) throws -> [UInt8] {
    let bytes = try document()
    let lineFeed = UInt8(ascii: "\n")
    let start = bytes.count / 8
    let head = bytes[start...].firstIndex(of: lineFeed) ?? start
    let end = bytes[min(head + characters, bytes.count - 1)...].firstIndex(of: lineFeed) ?? bytes.count
    return Array(bytes[head..<end])
  }

  /// Returns the program: `BRAID_TEST_PROGRAM`, or the one beside the test bundle.
  static func program() throws -> String {
    if let path = variable("BRAID_TEST_PROGRAM") { return path }
    var folder = try link("/proc/self/exe").split(separator: "/").dropLast()
    if let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) {
      folder = bundle.split(separator: "/").dropLast()
    }
    let path = "/" + folder.joined(separator: "/") + "/braid"
    guard access(path, X_OK) == 0 else {
      throw MissingFixture(description: "No program at \(path): build it, or set BRAID_TEST_PROGRAM.")
    }
    return path
  }

  /// Returns a file's bytes.
  static func read(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw MissingFixture(description: "Cannot read \(path).") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(file, &block, block.count)
      if count <= 0 { return bytes }
      bytes.append(contentsOf: block[..<count])
    }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func link(_ path: String) throws -> String {
    guard let target = realpath(path, nil) else { throw MissingFixture(description: "Cannot read \(path).") }
    defer { free(target) }
    return String(cString: target)
  }
}

/// A folder for the files of one test, removed afterwards.
struct TemporaryFolder: Sendable {
  let path: String

  static func with<Result>(_ body: (TemporaryFolder) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/braid-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw MissingFixture(description: "Cannot make a folder in /tmp.")
    }
    let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
    let folder = TemporaryFolder(path: String(decoding: bytes, as: UTF8.self))
    defer { folder.remove() }
    return try await body(folder)
  }

  /// Writes a file and returns its path.
  func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
    let path = "\(path)/\(name)"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw MissingFixture(description: "Cannot write \(path).") }
    defer { close(file) }
    let all = Array(bytes)
    var written = 0
    while written < all.count {
      let count = all[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      guard count > 0 else { throw MissingFixture(description: "Cannot write \(path).") }
      written += count
    }
    return path
  }

  private func remove() {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
