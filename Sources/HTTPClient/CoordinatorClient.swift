package import APITypes
internal import AsyncHTTPClient
internal import KVFormat
internal import NIOCore
internal import NIOHTTP1

/// A client of a coordinator over HTTP.
///
/// Methods throw `ServiceError` for errors that the coordinator reports, and ``ClientError`` when there is no
/// answer.
package struct CoordinatorClient: Sendable {
  let client: AsyncHTTPClient.HTTPClient
  let url: CoordinatorURL

  /// The time in which a connection must be made.
  static let connectLimit = TimeAmount.seconds(5)
  /// The time without a byte after which a connection is given up. Streams have a comment every 10 seconds.
  static let silenceLimit = TimeAmount.seconds(60)
  /// The time until a reply begins.
  static let replyLimit = TimeAmount.minutes(10)
  /// The largest reply read whole.
  static let maximumReplyBytes = 64 << 20

  /// Runs a body with a client and closes its connections afterwards.
  ///
  /// - Parameters:
  ///   - url: The address of the coordinator.
  ///   - body: The work. Nothing is sent before it makes a request.
  /// - Returns: The result of the body.
  /// - Throws: The error of the body.
  package static func with<Result: Sendable>(
    _ url: CoordinatorURL,
    _ body: (CoordinatorClient) async throws -> Result
  ) async throws -> Result {
    var configuration = AsyncHTTPClient.HTTPClient.Configuration()
    configuration.timeout = .init(connect: connectLimit, read: silenceLimit)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.redirectConfiguration = .disallow
    let client = AsyncHTTPClient.HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: configuration
    )
    do {
      let result = try await body(CoordinatorClient(client: client, url: url))
      try? await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  /// Hands in a document.
  ///
  /// - Parameters:
  ///   - submission: Its name and the settings of its encoding.
  ///   - bytes: Its text, in UTF-8.
  /// - Returns: Its status, with the id to follow it by.
  /// - Throws: `ServiceError` when it is refused.
  package func submit(_ submission: DocumentSubmission, bytes: [UInt8]) async throws -> DocumentStatus {
    let query = [
      (name: "name", value: Optional(submission.name)),
      (name: "model", value: submission.model),
      (name: "chunk_tokens", value: submission.chunkTokens.map(String.init)),
      (name: "left_tokens", value: submission.leftTokens.map(String.init)),
      (name: "anchor", value: submission.anchor?.rawValue),
      (name: "sink", value: submission.sink),
      (name: "workers", value: submission.workers.map(String.init)),
      (name: "wire", value: submission.wire?.rawValue),
      (name: "summaries", value: submission.summaries?.rawValue),
    ]
    var request = HTTPClientRequest(url: url.resource(["v1", "documents"], query: query))
    request.method = .POST
    request.headers.add(name: "content-type", value: "text/plain; charset=utf-8")
    request.body = .bytes(bytes, length: .known(Int64(bytes.count)))
    return try await value(of: request)
  }

  /// All documents, oldest first.
  package func documents() async throws -> [DocumentStatus] {
    try await get(ListResponse<DocumentStatus>.self, "v1", "documents").data
  }

  /// One document.
  package func document(_ id: String) async throws -> DocumentStatus {
    try await get(DocumentStatus.self, "v1", "documents", id)
  }

  /// The worker and the times of each committed chunk of a document.
  package func timeline(_ id: String) async throws -> DocumentTimeline {
    try await get(DocumentTimeline.self, "v1", "documents", id, "timeline")
  }

  /// Makes the coordinator forget a document.
  package func delete(_ id: String) async throws {
    var request = HTTPClientRequest(url: url.resource(["v1", "documents", id]))
    request.method = .DELETE
    _ = try await reply(to: request)
  }

  /// All workers.
  package func workers() async throws -> [WorkerStatus] {
    try await get(ListResponse<WorkerStatus>.self, "v1", "workers").data
  }

  /// A summary of the coordinator's state.
  package func status() async throws -> CoordinatorStatus {
    try await get(CoordinatorStatus.self, "v1", "status")
  }

  /// The events of a document from now on, its present state first.
  ///
  /// The sequence ends after the document is done or has failed. There is no limit to how long that may take.
  package func events(_ id: String) async throws -> DocumentEvents {
    let request = HTTPClientRequest(url: url.resource(["v1", "documents", id, "events"]))
    return DocumentEvents(stream: try await eventStream(request))
  }

  /// Asks a question and reads the answer as it is made.
  ///
  /// The coordinator stops the work when the sequence is no longer read.
  package func answer(_ question: ChatRequest) async throws -> AnswerEvents {
    var question = question
    question.stream = true
    question.includeUsage = true
    var request = HTTPClientRequest(url: url.resource(["v1", "chat", "completions"]))
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/json")
    let body = try APIJSON.encode(question)
    request.body = .bytes(body, length: .known(Int64(body.count)))
    return AnswerEvents(stream: try await eventStream(request))
  }

  private func get<Value: Decodable>(_ type: Value.Type, _ path: String...) async throws -> Value {
    try await value(of: HTTPClientRequest(url: url.resource(path)))
  }
}
