package import Addresses
internal import Failures

/// A server that could not be started.
package struct HTTPServerError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// Others could reach the address, and that was not asked for.
    case notLoopback
    /// Another process listens there.
    case addressInUse
    /// The system refused the address for another reason.
    case cannotListen
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence: what is wrong and what to do.
  package let message: String
  /// The system's own error, where it was asked.
  package let cause: (any Error)?

  private init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension HTTPServerError {
  /// Others could reach the address, and that was not asked for.
  package static func notLoopback(_ address: HostPort) -> HTTPServerError {
    HTTPServerError(
      .notLoopback,
      """
      \(address) can be reached from other machines and the HTTP port has neither encryption nor \
      passwords: listen on 127.0.0.1, or say --insecure if that is meant.
      """
    )
  }

  /// Another process listens there.
  package static func addressInUse(_ address: HostPort, cause: (any Error)? = nil) -> HTTPServerError {
    HTTPServerError(
      .addressInUse,
      "\(address) is in use by another process: stop that, or choose another port (0 takes any free one).",
      cause: cause
    )
  }

  /// The system refused the address for another reason.
  package static func cannotListen(_ address: HostPort, reason: String, cause: (any Error)? = nil)
    -> HTTPServerError
  {
    HTTPServerError(.cannotListen, "Cannot listen on \(address): \(reason).", cause: cause)
  }
}
