internal import Failures

/// An error of a chat template: it cannot be read, or its rendering failed.
package struct ChatTemplateError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The template is no Jinja.
    case syntax
    /// The template uses something by name that this interpreter does not have.
    case unknown
    /// The template, or what it does, is larger than allowed.
    case limit
    /// An expression has no value: an attribute of something undefined, a sum of a text and a number.
    case failed
    /// The template itself refused the conversation, with `raise_exception`.
    case raised
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence that names the line, says what is wrong there and what would be right.
  package let message: String

  /// Makes an error out of its parts.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ code: Code, line: Int, _ message: String) {
    self.init(code, "line \(line) of the chat template: \(message)")
  }
}
