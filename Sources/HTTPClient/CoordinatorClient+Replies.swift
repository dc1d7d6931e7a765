internal import APITypes
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

extension CoordinatorClient {
  /// Sends a request and decodes the reply.
  func value<Value: Decodable>(of request: HTTPClientRequest) async throws -> Value {
    let response = try await reply(to: request)
    let body = try await collect(response)
    do {
      return try APIJSON.decode(Value.self, from: body)
    } catch let error as DecodingError {
      throw ClientError.unexpectedReply("\(error.sentence), from \(request.url)", cause: error)
    } catch let error as ServiceError {
      throw ClientError.unexpectedReply("\(error.message) From \(request.url)", cause: error)
    }
  }

  /// Sends a request for an event stream.
  func eventStream(_ request: HTTPClientRequest) async throws -> EventStream {
    let response = try await reply(to: request)
    guard response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else {
      throw ClientError.unexpectedReply("no event stream from \(request.url)")
    }
    return EventStream(body: response.body, url: url)
  }

  /// Sends a request and returns the reply, if its status is that of a success.
  func reply(to request: HTTPClientRequest) async throws -> HTTPClientResponse {
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request, timeout: Self.replyLimit)
    } catch {
      try Task.checkCancellation()
      throw failure(error)
    }
    if (200..<300).contains(response.status.code) { return response }
    let body = try await collect(response)
    let status = Int(response.status.code)
    guard let reported = try? APIJSON.decode(APIErrorResponse.self, from: body) else {
      throw ClientError.unexpectedReply("status \(status) from \(request.url)")
    }
    throw reported.error.serviceError(status: status)
  }

  /// The error when no reply came.
  private func failure(_ error: any Error) -> ClientError {
    let url = url.description
    switch error {
    case is HTTPParserError: return .noHTTP(url: url, cause: error)
    case let error as HTTPClientError where error == .remoteConnectionClosed:
      return .unreachable(
        url: url,
        reason: "the connection was closed without a reply; the port that workers dial is not that of HTTP",
        cause: error
      )
    default: return .unreachable(url: url, reason: reason(error), cause: error)
    }
  }

  private func collect(_ response: HTTPClientResponse) async throws -> [UInt8] {
    do {
      return [UInt8](buffer: try await response.body.collect(upTo: Self.maximumReplyBytes))
    } catch {
      try Task.checkCancellation()
      throw ClientError.connectionLost(url: url.description, reason: reason(error), cause: error)
    }
  }
}

/// The reason why a connection failed, in a few words.
func reason(_ error: any Error) -> String {
  switch error {
  case let error as NIOConnectionError:
    if let failure = error.connectionErrors.first { return reason(failure.error) }
    return error.dnsAError == nil && error.dnsAAAAError == nil
      ? "no connection" : "the host \(error.host) is not known"
  case let error as IOError: return systemMessage(error.errnoCode)
  case let error as HTTPClientError where error == .connectTimeout: return "no answer in 5 seconds"
  case is ChannelError: return "no answer"
  case is HTTPParserError: return "what came is no HTTP"
  case is NIOTooManyBytesError: return "more came than a coordinator sends"
  case let error as HTTPClientError: return error.shortDescription
  case is NIOSSLError: return "no TLS connection came about; write http:// where the server has none"
  default: return "\(error)"
  }
}
