internal import Glibc

/// The files that tests need from outside the sources.
package enum TestFiles {
  /// The model: `BRAID_TEST_MODEL`, or what `scripts/setup` installed.
  ///
  /// - Throws: ``MissingFile``.
  package static func model() throws -> String {
    try find("BRAID_TEST_MODEL", "models/SmolLM2-135M-Instruct.Q4_1.gguf")
  }

  /// The sample document: `BRAID_TEST_DOCUMENT`, or what `scripts/setup` installed.
  ///
  /// - Throws: ``MissingFile``.
  package static func document() throws -> String {
    try find("BRAID_TEST_DOCUMENT", "documents/developers-reference.txt")
  }

  private static func find(_ name: String, _ file: String) throws -> String {
    let folder = variable("BRAID_DATA") ?? "\(variable("HOME") ?? "")/.local/share/braid"
    let path = variable(name) ?? "\(folder)/\(file)"
    guard access(path, R_OK) == 0 else { throw MissingFile(path: path, variable: name) }
    return path
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A file that the tests need and cannot find.
package struct MissingFile: Error, CustomStringConvertible {
  package var path: String
  package var variable: String

  package var description: String { "\(path) is missing: run scripts/setup, or set \(variable)" }
}
