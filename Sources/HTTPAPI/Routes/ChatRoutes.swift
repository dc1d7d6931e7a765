internal import APITypes
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `POST /v1/chat/completions`.
struct ChatRoutes: Sendable {
  let service: any CoordinatorService
  let configuration: HTTPServerConfiguration

  func add(to router: Router<ConnectionContext>) {
    router.post("v1/chat/completions") { request, context in
      var request = request
      let limit = configuration.maximumRequestBytes
      // Before it is read: the client may wait for leave to send it.
      guard request.headers[.contentLength].map({ Int($0) ?? .max }) ?? 0 <= limit else {
        throw ServiceError(
          .tooLarge,
          "The request is larger than \(limit) bytes, the most this coordinator accepts."
        )
      }
      let body = try await request.collectBody(upTo: limit)
      // The decoder would report such a text as a value of another kind.
      guard String(validating: body.readableBytesView, as: UTF8.self) != nil else {
        throw ServiceError(.badInput, "The request is not valid UTF-8: JSON has to be.")
      }
      let question = try APIJSON.decode(ChatRequest.self, from: body.readableBytesView)
      try question.validate()
      let model = try await model(of: question)
      let heading = Heading(id: "chatcmpl-\(hexadecimal(.random(in: .min ... .max)))", model: model)
      return question.stream
        ? try await stream(question, heading, request, context)
        : try await context.whileConnected { try await whole(question, heading) }
    }
  }

  /// Returns the name of the model that answers: that of the document.
  private func model(of question: ChatRequest) async throws -> String {
    if let model = try await service.document(question.document).model { return model }
    return try await service.status().model
  }

  /// The values that all pieces of one answer share.
  private struct Heading: Sendable {
    var id: String
    var created = secondsSince1970()
    var model: String
  }

  private func whole(_ question: ChatRequest, _ heading: Heading) async throws -> Response {
    var text = ""
    for try await event in try await service.answer(question) {
      switch event {
      case .delta(let delta): text += delta.content ?? ""
      case .finished(let summary):
        var response = try Response(
          json: ChatCompletion(
            id: heading.id,
            created: heading.created,
            model: heading.model,
            text: text,
            summary: summary
          )
        )
        // Anything else that watches the connection ends with it.
        response.headers[.connection] = "close"
        return response
      }
    }
    throw ServiceError(.failed, "The answer ended early.")
  }

  private func stream(
    _ question: ChatRequest,
    _ heading: Heading,
    _ request: Request,
    _ context: ConnectionContext
  ) async throws -> Response {
    let answer = try await service.answer(question)
    let stream = ServerSentEvents(keepAlive: configuration.keepAlive)
    return stream.response(to: request, context) { writer, client in
      var closing = ByteBuffer()
      do {
        let ending = try await stream.forward(answer, for: client, to: &writer) { event in
          try buffer(for: event, heading, includeUsage: question.includeUsage || question.explain)
        }
        if ending == .shutdown {
          throw ServiceError(.unavailable, "The coordinator is stopping: ask again when it is back.")
        }
        closing.writeEvent(data: Array("[DONE]".utf8))
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        let reported = error as? ServiceError ?? ServiceError(.failed, "The answer failed: \(error)")
        closing.writeEvent(data: try APIJSON.encode(APIErrorResponse(reported)))
      }
      try await writer.write(closing)
    }
  }

  private func buffer(
    for event: AnswerEvent,
    _ heading: Heading,
    includeUsage: Bool
  ) throws -> ByteBuffer {
    func chunk(_ delta: ChatDelta, _ reason: FinishReason? = nil, seed: UInt64? = nil) -> ChatCompletionChunk
    {
      ChatCompletionChunk(
        id: heading.id,
        created: heading.created,
        model: heading.model,
        delta: delta,
        finishReason: reason,
        seed: seed
      )
    }
    var buffer = ByteBuffer()
    switch event {
    case .delta(let delta):
      buffer.writeEvent(data: try APIJSON.encode(chunk(delta)))
    case .finished(let summary):
      buffer.writeEvent(
        data: try APIJSON.encode(chunk(ChatDelta(), summary.finishReason, seed: summary.figures.seed))
      )
      if includeUsage {
        let last = ChatCompletionChunk(
          id: heading.id,
          created: heading.created,
          model: heading.model,
          usage: summary.usage,
          braid: summary.figures
        )
        buffer.writeEvent(data: try APIJSON.encode(last))
      }
    }
    return buffer
  }
}

private func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
