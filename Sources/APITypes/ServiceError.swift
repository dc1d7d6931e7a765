/// A request that the coordinator could not serve: a kind on which programs act and a sentence for a person.
public struct ServiceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a failure, as far as the caller can act on it.
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
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

  /// The kind.
  public var kind: Kind
  /// One sentence: what is wrong and what to do.
  public var message: String
  /// The field of the request that is at fault, as the client wrote it: `messages[0].role`.
  public var parameter: String?

  public init(_ kind: Kind, _ message: String, parameter: String? = nil) {
    self.kind = kind
    self.message = message
    self.parameter = parameter
  }

  public var description: String { message }
}

extension ServiceError.Kind {
  /// The HTTP status code of its reply.
  public var httpStatusCode: Int {
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

  /// The kind that fits a status code from a server that sent no code of ours.
  ///
  /// - Parameter code: An HTTP status code of 400 or more.
  public init(httpStatusCode code: Int) {
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
public struct APIErrorResponse: Codable, Hashable, Sendable {
  /// The error.
  public var error: APIError

  /// Makes the form in which an error is sent.
  public init(_ error: ServiceError) {
    self.error = APIError(
      message: error.message,
      type: error.kind.openAIType,
      param: error.parameter,
      code: error.kind.rawValue
    )
  }
}

/// The fields of an error in the API.
public struct APIError: Codable, Hashable, Sendable {
  /// One sentence for a person.
  public var message: String
  /// The class of the error, in OpenAI's words.
  public var type: String
  /// The field of the request that is at fault, where one is.
  public var param: String?
  /// The kind, in ours: see ``ServiceError/Kind``.
  public var code: String?

  public init(message: String, type: String, param: String? = nil, code: String?) {
    self.message = message
    self.type = type
    self.param = param
    self.code = code
  }

  /// The error as the coordinator threw it.
  ///
  /// - Parameter status: The HTTP status code of the reply, used when ``code`` is not one of ours.
  /// - Returns: The error with its kind.
  public func serviceError(status: Int) -> ServiceError {
    ServiceError(
      code.flatMap(ServiceError.Kind.init(rawValue:)) ?? ServiceError.Kind(httpStatusCode: status),
      message,
      parameter: param
    )
  }
}

extension ServiceError.Kind {
  fileprivate var openAIType: String {
    switch self {
    case .badInput, .notFound, .notReady, .tooLarge, .notText: "invalid_request_error"
    case .unauthorised: "authentication_error"
    case .unavailable, .failed: "server_error"
    }
  }
}
