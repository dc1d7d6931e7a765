internal import APITypes
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The routes at `/v1/documents` and below.
struct DocumentRoutes: Sendable {
  let service: any CoordinatorService
  let configuration: HTTPServerConfiguration

  func add(to router: Router<ConnectionContext>) {
    let documents = router.group("v1/documents")
    documents.post { request, _ in try await submit(request) }
    documents.get { _, _ in try Response(json: ListResponse(try await service.documents())) }
    documents.get(":id") { _, context in
      try Response(json: try await service.document(context.parameters.require("id")))
    }
    documents.delete(":id") { _, context in
      let id = try context.parameters.require("id")
      try await service.delete(id)
      return try Response(json: DeletedDocument(id: id))
    }
    documents.get(":id/timeline") { _, context in
      try Response(json: try await service.timeline(context.parameters.require("id")))
    }
    documents.get(":id/events") { request, context in
      try await events(request, context, id: context.parameters.require("id"))
    }
  }

  private func submit(_ request: Request) async throws -> Response {
    try checkForm(of: request)
    let query = request.uri.queryParameters
    var submission = DocumentSubmission(name: query["name"].map(String.init) ?? "document")
    submission.model = query["model"].map(String.init)
    submission.sink = query["sink"].map(String.init)
    submission.wire = try choice("wire", query["wire"])
    submission.summaries = try choice("summaries", query["summaries"])
    submission.chunkTokens = try number("chunk_tokens", query["chunk_tokens"])
    submission.leftTokens = try number("left_tokens", query["left_tokens"])
    if let left = submission.leftTokens, !(0...1 << 24).contains(left) {
      throw ServiceError(
        .badInput,
        "left_tokens is \(left): it must be a whole number from 0 to \(1 << 24).",
        parameter: "left_tokens"
      )
    }
    if let text = query["anchor"] {
      guard let anchor = AnchorLength(rawValue: String(text)) else {
        throw ServiceError(
          .badInput,
          "anchor is \"\(text)\": it must be chunk, or a number of tokens from 0 to \(1 << 16).",
          parameter: "anchor"
        )
      }
      submission.anchor = anchor
    }
    submission.workers = try number("workers", query["workers"])
    if let workers = submission.workers, workers < 1 {
      throw ServiceError(.badInput, "workers is \(workers): it must be 1 or more.", parameter: "workers")
    }
    let text = try DocumentText(try await collect(request), name: "The document")
    return try Response(status: .accepted, json: try await service.submit(submission, bytes: text.bytes))
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String,
    _ text: Substring?
  ) throws(ServiceError) -> Choice? where Choice.RawValue == String {
    guard let text else { return nil }
    guard let choice = Choice(rawValue: String(text)) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ServiceError(
        .badInput,
        "\(name) is \(quoted(String(text))): it must be one of \(known).",
        parameter: name
      )
    }
    return choice
  }

  private func number(_ name: String, _ text: Substring?) throws(ServiceError) -> Int? {
    guard let text else { return nil }
    guard let value = Int(text) else {
      throw ServiceError(
        .badInput,
        "\(name) is \(quoted(String(text))): it must be a whole number.",
        parameter: name
      )
    }
    return value
  }

  private func checkForm(of request: Request) throws(ServiceError) {
    try DocumentBody.check(contentType: request.headers[.contentType])
    if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
      throw ServiceError(.notText, "The body is compressed (\(encoding)): send it uncompressed.")
    }
  }

  private func collect(_ request: Request) async throws -> [UInt8] {
    let limit = configuration.maximumDocumentBytes
    let tooLarge = ServiceError(
      .tooLarge,
      "The document is larger than \(limit) bytes, the most this coordinator accepts."
    )
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    if let announced, announced > limit { throw tooLarge }
    var bytes: [UInt8] = []
    // The announced length may be false: reserve little, and grow with what arrives.
    bytes.reserveCapacity(min(announced ?? 0, 1 << 20))
    for try await buffer in request.body {
      guard bytes.count + buffer.readableBytes <= limit else { throw tooLarge }
      bytes.append(contentsOf: buffer.readableBytesView)
    }
    return bytes
  }

  private func events(_ request: Request, _ context: ConnectionContext, id: String) async throws -> Response {
    let events = try await service.events(id)
    let stream = ServerSentEvents(keepAlive: configuration.keepAlive)
    return stream.response(to: request, context) { writer, client in
      _ = try await stream.forward(events, for: client, to: &writer) { event in
        var buffer = ByteBuffer()
        buffer.writeEvent(name: event.name, data: try event.jsonData())
        return buffer
      }
    }
  }
}

/// The answer to a deletion.
private struct DeletedDocument: Encodable {
  var id: String
  var object = "document"
  var deleted = true
}
