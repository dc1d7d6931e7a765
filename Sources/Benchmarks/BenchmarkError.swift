internal import Failures

/// A measurement that could not be made.
package struct BenchmarkError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The configuration or the recorded chunks cannot be measured with.
    case badConfiguration
    /// Workers did not come in time.
    case noWorkers
    /// The received bytes differ from those sent.
    case wrongResult
    /// The measured work failed, or the system refused a resource that it needs.
    case failed
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence for a person.
  package let message: String
  /// The error of what was to be measured, where that was the reason.
  package let cause: (any Error)?

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
