internal import Failures

/// Why a context cannot be planned, encoded or asked.
package struct ContextError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// A text names no method, or one whose parts cannot be combined.
    case badMethod
    /// The document, the question, the examples or a size cannot be used as they are.
    case badInput
    /// The request does not fit the model's context, or a chunk.
    case doesNotFit
    /// Caches are not those of the plan, or were not encoded as the method needs it.
    case mismatch
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
