internal import Foundation
internal import GGUF
internal import Testing
internal import Tokenizers

/// What the tests need from outside the sources: the model, the sample document and the golden files.
enum TestModel {
  /// The path that an environment variable names or that the setup script filled; fails the test where it is
  /// empty.
  static func path(_ variable: String, _ name: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["BRAID_DATA"] ?? NSHomeDirectory() + "/.local/share/braid"
    let path = environment[variable] ?? "\(home)/\(name)"
    try #require(
      FileManager.default.fileExists(atPath: path),
      "\(path) is missing: run scripts/setup or set \(variable)"
    )
    return path
  }

  static func configuration() throws -> TokenizerConfiguration {
    let file = try GGUFFile(path: path("BRAID_TEST_MODEL", "models/SmolLM2-135M-Instruct.Q4_1.gguf"))
    let metadata = file.metadata
    return try TokenizerConfiguration(
      string: metadata.string,
      integer: metadata.integer,
      bool: metadata.bool,
      strings: metadata.strings,
      integers: metadata.integers
    )
  }

  /// The model's tokenizer, built once.
  static let tokenizer = Result { try Tokenizer(configuration()) }

  static func document() throws -> [UInt8] {
    let path = try path("BRAID_TEST_DOCUMENT", "documents/developers-reference.txt")
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func golden(_ name: String) throws -> Data {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    return try Data(contentsOf: folder.appendingPathComponent(name))
  }
}
