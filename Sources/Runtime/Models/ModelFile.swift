internal import Failures
package import GGUF
package import Tokenizers
package import Transformer

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A model file that has passed every check that needs no arithmetic. `model info` and loading thus refuse a
/// file for the same reasons.
package struct ModelFile: Sendable {
  /// The path of the file.
  package let path: String
  /// The opened file.
  package let file: GGUFFile
  /// The model's configuration.
  package let configuration: ModelConfiguration
  /// The tokenizer's tables.
  package let tokenizer: TokenizerConfiguration

  /// Opens a file and checks it.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``ModelFileError``.
  package init(path: String) throws(ModelFileError) {
    let file: GGUFFile
    do { file = try GGUFFile(path: path) } catch { throw ModelFileError(error, path: path) }
    try self.init(file, path: path)
  }

  /// Checks an open file.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - path: The path by which it was opened.
  /// - Throws: ``ModelFileError``.
  package init(_ file: GGUFFile, path: String) throws(ModelFileError) {
    self.path = path
    self.file = file
    do {
      configuration = try ModelConfiguration(file)
      var tokenizer = try TokenizerConfiguration(file)
      tokenizer.secondsSince1970 = Int(time(nil))
      self.tokenizer = tokenizer
    } catch {
      throw ModelFileError(error, path: path)
    }
  }

  /// The SHA-256 of the file, in hexadecimal, once it is certain that the file has not changed since it was
  /// opened.
  ///
  /// - Throws: ``ModelFileError``.
  package func digest() throws(ModelFileError) -> String {
    do {
      let digest = try hexDigest(of: file)
      try file.checkUnchanged()
      return digest
    } catch {
      throw ModelFileError(error, path: path)
    }
  }

  /// The bytes that its tensors take.
  package var tensorBytes: TensorBytes { TensorBytes(file) }

  /// Builds the tokenizer, which checks its tables against each other.
  ///
  /// - Throws: ``ModelFileError``.
  package func makeTokenizer() throws(ModelFileError) -> Tokenizer {
    do { return try Tokenizer(tokenizer) } catch { throw ModelFileError(error, path: path) }
  }
}

/// Why a model file cannot be used.
package struct ModelFileError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The file cannot be read, is none of this format, or changed meanwhile.
    case file
    /// The model in it cannot be loaded.
    case model
    /// The tokenizer in it cannot be built.
    case tokenizer
    /// Loading failed for another reason.
    case other
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence, which names the file.
  package let message: String
  /// The error of the part that cannot be used.
  package let cause: (any Error)?

  /// Makes an error from that of a part, with the file's name before it. If the name is that of a part of a split
  /// model and the file does not say that it is one, a hint is added.
  package init(_ error: any Error, path: String) {
    if let error = error as? ModelFileError {
      self = error
      return
    }
    code =
      switch error {
      case is GGUFError: .file
      case is ModelError: .model
      case is TokenizerError: .tokenizer
      default: .other
      }
    cause = error
    let text = "\(error)"
    // Errors about the file itself name it already, or another part of the same model.
    let named = error is GGUFError || text.contains(path) ? text : "model file \(path): \(text)"
    let isKnownPart = text.contains("split model") || text.contains("different models")
    let isPart = SplitName(path).map { $0.count > 1 } ?? false
    message =
      isPart && !isKnownPart
      ? named + "; its name is that of a part of a split model: check that each part was copied to its end"
      : named
  }
}

extension TokenizerConfiguration {
  /// Reads the tokenizer's tables from a model file.
  ///
  /// - Throws: `TokenizerError` when the file has none, or one of another kind.
  package init(_ file: GGUFFile) throws(TokenizerError) {
    let metadata = file.metadata
    try self.init(
      contains: { metadata[$0] != nil },
      string: { metadata.string($0) },
      integer: { metadata.integer($0) },
      bool: { metadata.bool($0) },
      strings: { metadata.strings($0) },
      integers: { metadata.integers($0) },
      floats: { metadata.floats($0) },
      count: { metadata[$0].map { $0.elementType == nil ? 0 : $0.count } }
    )
  }
}
