public import Failures

/// A measurement that could not be made.
public struct BenchmarkError: CodedError {
  /// What kind of failure it is.
  public enum Code: String, Sendable {
    /// The configuration or the recorded chunks cannot be measured with.
    case badConfiguration
    /// Workers did not come in time.
    case noWorkers
    /// What arrived is not what was sent.
    case wrongResult
    /// What was to be measured failed, or the system refused what it needs.
    case failed
  }

  /// What kind of failure it is.
  public let code: Code
  /// One sentence for a person.
  public let message: String
  /// The error of what was to be measured, where that was the reason.
  public let cause: (any Error)?

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
