internal import Failures

/// A request the coordinator could not serve: a code that programs act on and a sentence for a person.
package struct ServiceError: CodedError {
  /// The kinds of failure, as far as the caller can act on them.
  package enum Code: String, Codable, Sendable, CaseIterable {
    /// The document, the question or an option is wrong.
    case badInput = "bad_input"
    /// There is no such document.
    case notFound = "not_found"
    /// The document is not encoded yet, or failed.
    case notReady = "not_ready"
    /// The coordinator cannot take this now: it is stopping, full, or has no worker.
    case unavailable
    /// The coordinator tried and failed.
    case failed
    /// The document is larger than the coordinator accepts.
    case tooLarge = "too_large"
    /// The document is not text, or not in a form that is accepted.
    case notText = "not_text"
    /// The caller did not show a valid token.
    case unauthorised
  }

  /// The kind of the failure, for programs.
  package var code: Code
  /// One sentence: what is wrong and what to do.
  package var message: String
  /// The field of the request that is at fault, as the client wrote it: `messages[0].role`.
  package var parameter: String?
  /// The error that made the coordinator say so; a client does not get it.
  package var cause: (any Error)?

  /// An error of a code, with its sentence.
  package init(_ code: Code, _ message: String, parameter: String? = nil, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.parameter = parameter
    self.cause = cause
  }

  /// Compares code, message and field.
  package static func == (first: ServiceError, second: ServiceError) -> Bool {
    first.code == second.code && first.message == second.message && first.parameter == second.parameter
  }
}

extension ServiceError.Code {
  /// The HTTP status code it travels under.
  package var httpStatusCode: Int {
    switch self {
    case .badInput: 400
    case .notFound: 404
    case .notReady: 409
    case .unavailable: 503
    case .failed: 500
    case .tooLarge: 413
    case .notText: 415
    case .unauthorised: 401
    }
  }

  /// The code that fits a status code from a server that sent no code of ours.
  ///
  /// - Parameter code: An HTTP status code of 400 or more.
  package init(httpStatusCode code: Int) {
    self =
      switch code {
      case 401, 403: .unauthorised
      case 404: .notFound
      case 409: .notReady
      case 413: .tooLarge
      case 415: .notText
      case 503: .unavailable
      case 400..<500: .badInput
      default: .failed
      }
  }
}

/// An error as OpenAI-style clients expect it: `{"error":{"message","type","param","code"}}`.
package struct APIErrorResponse: Codable, Hashable, Sendable {
  /// The error.
  package var error: APIError

  /// Makes the form in which an error is sent.
  package init(_ error: ServiceError) {
    self.error = APIError(
      message: error.message,
      type: error.code.openAIType,
      param: error.parameter,
      code: error.code.rawValue
    )
  }
}

/// The fields of an error in the API.
package struct APIError: Codable, Hashable, Sendable {
  /// One sentence for a person.
  package var message: String
  /// The class of the error, in OpenAI's words.
  package var type: String
  /// The field of the request that is at fault, where one is.
  package var param: String?
  /// The code, in ours: see ``ServiceError/Code``.
  package var code: String?

  package init(message: String, type: String, param: String? = nil, code: String?) {
    self.message = message
    self.type = type
    self.param = param
    self.code = code
  }

  /// The error as the coordinator threw it.
  ///
  /// - Parameter status: The HTTP status code it came with, used when ``code`` is not one of ours.
  /// - Returns: The error with its code.
  package func serviceError(status: Int) -> ServiceError {
    ServiceError(
      code.flatMap(ServiceError.Code.init(rawValue:)) ?? ServiceError.Code(httpStatusCode: status),
      message,
      parameter: param
    )
  }
}

extension ServiceError.Code {
  fileprivate var openAIType: String {
    switch self {
    case .badInput, .notFound, .notReady, .tooLarge, .notText: "invalid_request_error"
    case .unauthorised: "authentication_error"
    case .unavailable, .failed: "server_error"
    }
  }
}
