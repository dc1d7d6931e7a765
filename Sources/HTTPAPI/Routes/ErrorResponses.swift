internal import APITypes
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Turns every error of a route into one of the API's form, and answers for paths that do not have the
/// method.
struct ErrorResponses<Context: RequestContext>: RouterMiddleware {
  let logger: Logger

  func handle(
    _ request: Request,
    context: Context,
    next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError where error.status == .notFound {
      return try elsewhere(request)
    } catch {
      let reported = serviceError(for: error)
      if reported.code == .failed {
        logger.error("Request failed.", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      }
      let status = (error as? HTTPError)?.status.code ?? reported.code.httpStatusCode
      var response = try Response(status: .init(code: status), json: APIErrorResponse(reported))
      // What is left of a body that is too long is not waited for.
      if reported.code == .tooLarge { response.headers[.connection] = "close" }
      return response
    }
  }

  private func elsewhere(_ request: Request) throws -> Response {
    let path = request.uri.path
    guard let methods = KnownPaths.methods(at: path) else {
      let error = ServiceError(.notFound, "There is nothing at \(request.method) \(quoted(path)).")
      return try Response(status: .notFound, json: APIErrorResponse(error))
    }
    let allowed = methods.joined(separator: ", ")
    if request.method == .options { return Response(status: .noContent, headers: [.allow: allowed]) }
    let error = ServiceError(.badInput, "There is no \(request.method) at \(quoted(path)), only \(allowed).")
    var response = try Response(status: .methodNotAllowed, json: APIErrorResponse(error))
    response.headers[.allow] = allowed
    return response
  }

  private func serviceError(for error: any Error) -> ServiceError {
    switch error {
    case let error as ServiceError:
      return error
    case let error as DecodingError:
      return ServiceError(.badInput, "The request cannot be read: \(error.sentence).")
    case is NIOTooManyBytesError:
      return ServiceError(.tooLarge, "The request is larger than this coordinator accepts.")
    case is HTTPParserError:
      return ServiceError(.badInput, "The request ended before it was complete: send it again.")
    case is CancellationError:
      return ServiceError(.unavailable, "The coordinator is stopping: ask again when it is back.")
    case let error as HTTPError:
      return ServiceError(
        .init(httpStatusCode: error.status.code),
        error.body ?? "The request was refused: \(error.status.reasonPhrase)."
      )
    default:
      return ServiceError(.failed, "The coordinator failed: \(error)")
    }
  }
}
