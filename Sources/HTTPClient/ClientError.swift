internal import Failures

/// A coordinator that could not be spoken to. What it answers itself arrives as `ServiceError`.
package struct ClientError: CodedError {
  /// The kind of the failure.
  package enum Code: String, Sendable {
    /// The text is no address of a coordinator.
    case malformedURL
    /// No connection came about, or no reply.
    case unreachable
    /// Something answers that is no HTTP server.
    case noHTTP
    /// The connection broke in the middle of a reply.
    case connectionLost
    /// The reply is none of a coordinator.
    case unexpectedReply
  }

  /// The kind of the failure.
  package let code: Code
  /// One sentence: what is wrong and what to do.
  package let message: String
  /// The error of the connection, or of reading the reply, where that was the reason.
  package let cause: (any Error)?

  private init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension ClientError {
  /// The text is no address of a coordinator.
  package static func malformedURL(_ text: String) -> ClientError {
    ClientError(
      .malformedURL,
      "\"\(text)\" is no address of a coordinator: write http://HOST:PORT, for example http://127.0.0.1:8080."
    )
  }

  /// No connection came about, or no reply.
  package static func unreachable(url: String, reason: String, cause: (any Error)? = nil) -> ClientError {
    ClientError(
      .unreachable,
      """
      Cannot reach a coordinator at \(url) (\(reason)): start one with `braid coordinator`, or name another \
      with --coordinator.
      """,
      cause: cause
    )
  }

  /// Something answers that is no HTTP server.
  package static func noHTTP(url: String, cause: (any Error)? = nil) -> ClientError {
    ClientError(
      .noHTTP,
      """
      What answers at \(url) does not speak HTTP: name the coordinator's HTTP address, by default \
      http://127.0.0.1:8080; the port that workers dial is another.
      """,
      cause: cause
    )
  }

  /// The connection broke in the middle of a reply.
  package static func connectionLost(url: String, reason: String, cause: (any Error)? = nil) -> ClientError {
    ClientError(
      .connectionLost,
      """
      The connection to the coordinator at \(url) was lost (\(reason)): see whether it still runs, then try \
      again.
      """,
      cause: cause
    )
  }

  /// The reply is none of a coordinator.
  package static func unexpectedReply(_ what: String, cause: (any Error)? = nil) -> ClientError {
    ClientError(
      .unexpectedReply,
      "The reply is not that of a coordinator (\(what)): see whether --coordinator names the right port.",
      cause: cause
    )
  }
}
