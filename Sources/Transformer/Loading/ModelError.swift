internal import Failures

/// Why a model cannot be loaded or run.
package struct ModelError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The file describes a model that this program cannot run.
    case unsupported
    /// The file contradicts itself or lacks something.
    case malformed
    /// Memory could not be had.
    case outOfMemory
    /// The matrix library refused a product.
    case kernel
    /// The caller's tokens or sizes do not fit the model.
    case badInput
    /// The caller ended the run, from what it has called after a layer.
    case cancelled
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String
  /// The error of the file or of memory, where that was the reason.
  package let cause: (any Error)?

  /// Makes an error out of its parts.
  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
