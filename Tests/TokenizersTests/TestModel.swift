internal import Foundation
internal import GGUF
internal import TestSupport
internal import Testing
internal import Tokenizers

/// The files that tests need from outside the sources: the model, the sample document and the golden files.
enum TestModel {
  static func configuration() throws -> TokenizerConfiguration {
    let file = try GGUFFile(path: TestFiles.model())
    let metadata = file.metadata
    return try TokenizerConfiguration(
      contains: { metadata[$0] != nil },
      string: metadata.string,
      integer: metadata.integer,
      bool: metadata.bool,
      strings: metadata.strings,
      integers: metadata.integers,
      floats: metadata.floats,
      count: { metadata[$0]?.count }
    )
  }

  /// The model's tokenizer, built once.
  static let tokenizer = Result { try Tokenizer(configuration()) }

  static func document() throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: TestFiles.document())))
  }

  static func golden(_ name: String) throws -> Data {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    return try Data(contentsOf: folder.appendingPathComponent(name))
  }
}
