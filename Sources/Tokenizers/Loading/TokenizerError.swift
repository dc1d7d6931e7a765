internal import Failures

/// An error met while building a tokenizer from a model's vocabulary.
package struct TokenizerError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The tokenizer's model or pre-tokenizer is not supported.
    case unsupported
    /// The vocabulary contradicts itself.
    case malformed
    /// The model names no vocabulary or no merges.
    case missing
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String

  /// Makes an error out of its parts.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
