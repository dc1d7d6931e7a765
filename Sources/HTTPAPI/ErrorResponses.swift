internal import APITypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// Turns everything thrown in a route into an error of the API's shape.
struct ErrorResponses<Context: RequestContext>: RouterMiddleware {
  let logger: Logger

  func handle(
    _ request: Request,
    context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as CancellationError {
      throw error
    } catch {
      let reported = serviceError(for: error, request: request)
      if reported.kind == .failed {
        logger.error("Request failed.", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      }
      return try Response(
        status: .init(code: reported.kind.httpStatusCode),
        json: APIErrorResponse(reported)
      )
    }
  }

  private func serviceError(for error: any Error, request: Request) -> ServiceError {
    switch error {
    case let error as ServiceError:
      return error
    case let error as DecodingError:
      return ServiceError(.badInput, "The request cannot be read: \(error.sentence).")
    case is NIOTooManyBytesError:
      return ServiceError(.tooLarge, "The request is larger than this coordinator accepts.")
    case let error as HTTPError where error.status == .notFound:
      return ServiceError(.notFound, "There is nothing at \(request.method) \(request.uri.path).")
    case let error as HTTPError:
      return ServiceError(
        .init(httpStatusCode: error.status.code),
        error.body ?? error.status.reasonPhrase
      )
    default:
      return ServiceError(.failed, "The coordinator failed: \(error)")
    }
  }
}

extension DecodingError {
  /// What is wrong with the JSON, in words.
  var sentence: String {
    func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context):
      return "the field \"\(path(context, key))\" is missing"
    case .typeMismatch(let type, let context):
      return "the field \"\(path(context))\" is no \(type)"
    case .valueNotFound(let type, let context):
      return "the field \"\(path(context))\" is null where a \(type) belongs"
    case .dataCorrupted(let context):
      let place = path(context)
      return place.isEmpty ? "it is no valid JSON" : "the field \"\(place)\": \(context.debugDescription)"
    @unknown default:
      return "it is no valid JSON"
    }
  }
}
