internal import APITypes
internal import Addresses
internal import HTTPAPI
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdTesting
internal import KVFormat
internal import Logging
internal import NIOCore
internal import Synchronization
internal import Testing

@Suite("Routes")
struct RouteTests {
  private func application(_ coordinator: FakeCoordinator, maximumDocumentBytes: Int = 1 << 20) throws
    -> some ApplicationProtocol
  {
    try CoordinatorHTTPServer(
      service: coordinator,
      configuration: HTTPServerConfiguration(
        address: HostPort(host: "127.0.0.1", port: 0),
        maximumDocumentBytes: maximumDocumentBytes
      ),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ).application()
  }

  private func json<Value: Decodable>(_ type: Value.Type, _ response: TestResponse) throws -> Value {
    try APIJSON.decode(type, from: response.body.readableBytesView)
  }

  @Test("A document is handed in with its name, chunk size and sink")
  func submit() async throws {
    let coordinator = FakeCoordinator()
    try await application(coordinator).test(.router) { client in
      try await client.execute(
        uri:
          "/v1/documents?name=a%20b.txt&model=Fake-2&chunk_tokens=512&sink=none&workers=2&wire=int8&summaries=all",
        method: .post,
        headers: [.contentType: "text/plain"],
        body: ByteBuffer(string: "Hello")
      ) { response in
        #expect(response.status == .accepted)
        let status = try json(DocumentStatus.self, response)
        #expect(status.name == "a b.txt" && status.model == "Fake-2")
        #expect(status.state == .queued)
      }
    }
    let state = coordinator.state.withLock { $0.submissions }
    let expected = DocumentSubmission(
      name: "a b.txt",
      model: "Fake-2",
      chunkTokens: 512,
      sink: "none",
      workers: 2,
      wire: .fixed(.int8),
      summaries: .all
    )
    #expect(state == [expected])
    #expect(coordinator.state.withLock { $0.texts["doc-1"] } == Array("Hello".utf8))
  }

  @Test(
    "What cannot be taken in is refused with a sentence",
    arguments: [
      ("/v1/documents", "text/plain", "", 400, "empty"),
      ("/v1/documents?chunk_tokens=many", "text/plain", "x", 400, "chunk_tokens"),
      ("/v1/documents?left_tokens=9223372036854775807", "text/plain", "x", 400, "from 0 to 16777216"),
      ("/v1/documents?anchor=-1", "text/plain", "x", 400, "chunk, or a number of tokens"),
      ("/v1/documents?chunk_tokens=24.5", "text/plain", "x", 400, "24.5"),
      ("/v1/documents?workers=0", "text/plain", "x", 400, "workers"),
      ("/v1/documents?wire=int3", "text/plain", "x", 400, "auto, bf16, int8"),
      ("/v1/documents?summaries=some", "text/plain", "x", 400, "none, sketch, all"),
      ("/v1/documents", "multipart/form-data; boundary=x", "x", 415, "multipart"),
      ("/v1/documents", "application/json", "{}", 415, "application/json"),
      ("/v1/documents", "application/x-www-form-urlencoded", "x", 415, "--data-binary"),
      ("/v1/documents", "text/plain", "%PDF-1.7", 415, "PDF"),
      ("/v1/documents", "text/plain", "abc\0\0de", 415, "zero bytes"),
      ("/v1/documents", "text/plain", "\u{FEFF}", 400, "empty"),
      ("/v1/documents", "text/plain", String(repeating: "x", count: 101), 413, "100 bytes"),
      ("/v1/chat/completions", "application/json", "{", 400, "JSON"),
      ("/v1/chat/completions", "application/json", "{}", 400, "messages"),
      ("/v1/chat/completions", "application/json", #"{"messages":[]}"#, 400, "document"),
      ("/v1/chat/completions", "application/json", #"{"messages":[],"document":"d"}"#, 400, "messages"),
      (
        "/v1/chat/completions", "application/json",
        #"{"messages":[{"role":"user","content":"?"}],"document":"nowhere"}"#, 404, "nowhere"
      ),
      (
        "/v1/chat/completions", "application/json",
        #"{"messages":[{"role":"user","content":"?"}],"document":"d","max_tokens":0}"#, 400, "max_tokens"
      ),
      (
        "/v1/chat/completions", "application/json",
        #"{"messages":[{"role":"user","content":"?"}],"document":"d","top_p":1.5}"#, 400, "top_p"
      ),
      (
        "/v1/chat/completions", "application/json",
        #"{"messages":[{"role":"user","content":"?"}],"document":"d","stop":["1","2","3","4","5"]}"#, 400,
        "\"stop\" has 5"
      ),
      (
        "/v1/chat/completions", "application/json",
        #"{"messages":[{"role":"user","content":"?"}],"document":"d","stop":""}"#, 400, "0 bytes"
      ),
      (
        "/v1/chat/completions", "application/json",
        #"{"messages":[{"role":"user","content":"?"}],"document":"d","stop":{"a":1}}"#, 400, "stop"
      ),
      ("/v1/nothing", "text/plain", "x", 404, "/v1/nothing"),
    ]
  )
  func refusals(_ uri: String, _ type: String, _ body: String, _ status: Int, _ word: String) async throws {
    try await application(FakeCoordinator(), maximumDocumentBytes: 100).test(.router) { client in
      try await client.execute(
        uri: uri,
        method: .post,
        headers: [.contentType: type],
        body: ByteBuffer(string: body)
      ) { response in
        #expect(response.status.code == status)
        let error = try json(APIErrorResponse.self, response).error
        #expect(error.message.contains(word), "\(error.message)")
        #expect(error.serviceError(status: status).code.httpStatusCode == status)
      }
    }
  }

  @Test("Documents are listed, shown and deleted")
  func documents() async throws {
    let coordinator = FakeCoordinator()
    _ = try await coordinator.submit(DocumentSubmission(name: "one"), bytes: [1])
    try await application(coordinator).test(.router) { client in
      try await client.execute(uri: "/v1/documents", method: .get) { response in
        let list = try json(ListResponse<DocumentStatus>.self, response)
        #expect(list.data.map(\.id) == ["doc-1"])
      }
      try await client.execute(uri: "/v1/documents/doc-1", method: .get) { response in
        let status = try json(DocumentStatus.self, response)
        #expect(status.name == "one")
      }
      try await client.execute(uri: "/v1/documents/doc-1", method: .delete) { response in
        #expect(response.status == .ok)
      }
      try await client.execute(uri: "/v1/documents/doc-1", method: .get) { response in
        #expect(response.status == .notFound)
      }
    }
  }

  @Test("Models, workers, status and health are served")
  func status() async throws {
    try await application(FakeCoordinator()).test(.router) { client in
      try await client.execute(uri: "/v1/models", method: .get) { response in
        let models = try json(ListResponse<ModelDescription>.self, response).data
        #expect(models.map(\.id) == ["Fake-1", "Fake-2"])
        #expect(models.map(\.object) == ["model", "model"])
      }
      try await client.execute(uri: "/v1/workers", method: .get) { response in
        let list = try json(ListResponse<WorkerStatus>.self, response)
        #expect(list.data.map(\.name) == ["left"])
      }
      try await client.execute(uri: "/v1/status", method: .get) { response in
        let status = try json(CoordinatorStatus.self, response)
        #expect(status.chunksQueued == 3)
      }
      try await client.execute(uri: "/healthz", method: .get) { response in
        #expect(response.status == .ok)
        #expect(String(buffer: response.body) == "ok\n")
      }
    }
  }

  @Test("A request that is not UTF-8, and a question of blanks, are refused by what they are")
  func blanks() async throws {
    let coordinator = FakeCoordinator()
    _ = try await coordinator.submit(DocumentSubmission(name: "one"), bytes: [1])
    try await application(coordinator).test(.router) { client in
      for (content, words) in [
        ([0xFF, 0xFE] as [UInt8], "not valid UTF-8"), (Array(" \\n".utf8), "hold the question"),
      ] {
        let head = Array(#"{"document": "doc-1", "messages": [{"role": "user", "content": ""#.utf8)
        let body = ByteBuffer(bytes: head + content + Array(#""}]}"#.utf8))
        try await client.execute(uri: "/v1/chat/completions", method: .post, body: body) { response in
          #expect(response.status == .badRequest)
          #expect(String(buffer: response.body).contains(words))
        }
      }
    }
  }

  @Test("A coordinator whose workers cannot come in is not well, and says why")
  func health() async throws {
    let coordinator = FakeCoordinator()
    coordinator.state.withLock { $0.workersPortProblem = "the control side is silent" }
    try await application(coordinator).test(.router) { client in
      try await client.execute(uri: "/healthz", method: .get) { response in
        #expect(response.status == .serviceUnavailable)
        #expect(String(buffer: response.body).contains("the control side is silent"))
      }
    }
  }

  @Test("A whole answer has OpenAI's shape")
  func wholeAnswer() async throws {
    let coordinator = FakeCoordinator()
    _ = try await coordinator.submit(DocumentSubmission(name: "one"), bytes: [1])
    let question = #"{"model":"x","messages":[{"role":"user","content":"Why?"}],"document":"doc-1"}"#
    try await application(coordinator).test(.router) { client in
      try await client.execute(
        uri: "/v1/chat/completions",
        method: .post,
        body: ByteBuffer(string: question)
      ) { response in
        let completion = try json(ChatCompletion.self, response)
        #expect(completion.object == "chat.completion")
        #expect(completion.choices.map(\.message.content) == ["Forty-two"])
        #expect(completion.choices.map(\.finishReason) == [.stop])
        #expect(completion.usage.totalTokens == 2042)
        #expect(completion.braid.entropyNats == 1.5)
      }
    }
  }

  @Test("An answer names the model of its document, in a stream too", arguments: [nil, "Fake-2"])
  func answeringModel(_ model: String?) async throws {
    let coordinator = FakeCoordinator()
    _ = try await coordinator.submit(DocumentSubmission(name: "one", model: model), bytes: [1])
    let expected = model ?? "Fake-1"
    try await application(coordinator).test(.router) { client in
      for streams in [false, true] {
        let question =
          #"{"stream":\#(streams),"messages":[{"role":"user","content":"Why?"}],"document":"doc-1"}"#
        try await client.execute(
          uri: "/v1/chat/completions",
          method: .post,
          body: ByteBuffer(string: question)
        ) { response in
          #expect(String(buffer: response.body).contains(#""model":"\#(expected)""#))
        }
      }
    }
  }

  @Test("An answer is explained where that is asked for, whole and in a stream's last chunk")
  func explainedAnswer() async throws {
    let coordinator = FakeCoordinator()
    _ = try await coordinator.submit(DocumentSubmission(name: "one"), bytes: [1])
    for explains in [false, true] {
      let question =
        #"{"messages":[{"role":"user","content":"Why?"}],"document":"doc-1","explain":\#(explains)"#
      let expected = explains ? [FakeCoordinator.explanation] : []
      try await application(coordinator).test(.router) { client in
        try await client.execute(
          uri: "/v1/chat/completions",
          method: .post,
          body: ByteBuffer(string: question + "}")
        ) { response in
          let completion = try json(ChatCompletion.self, response)
          #expect(completion.braid.explanation == expected.first)
        }
        try await client.execute(
          uri: "/v1/chat/completions",
          method: .post,
          body: ByteBuffer(string: question + #","stream":true}"#)
        ) { response in
          let events = String(buffer: response.body).split(separator: "\n\n").map(String.init)
          let chunks = try events.dropLast().map {
            try APIJSON.decode(ChatCompletionChunk.self, from: $0.dropFirst(6).utf8)
          }
          #expect(chunks.compactMap(\.braid?.explanation) == expected)
          #expect(chunks.last?.braid?.explanation == expected.first)
        }
      }
    }
  }

  @Test("A streamed answer ends with [DONE], and carries usage only when it is asked for")
  func streamedAnswer() async throws {
    let coordinator = FakeCoordinator()
    _ = try await coordinator.submit(DocumentSubmission(name: "one"), bytes: [1])
    for wantsUsage in [false, true] {
      let options = wantsUsage ? #","stream_options":{"include_usage":true}"# : ""
      let question =
        #"{"messages":[{"role":"user","content":"Why?"}],"document":"doc-1","stream":true\#(options)}"#
      try await application(coordinator).test(.router) { client in
        try await client.execute(
          uri: "/v1/chat/completions",
          method: .post,
          body: ByteBuffer(string: question)
        ) { response in
          #expect(response.headers[.contentType] == "text/event-stream")
          let events = String(buffer: response.body).split(separator: "\n\n").map(String.init)
          #expect(events.allSatisfy { $0.hasPrefix("data: ") })
          #expect(events.last == "data: [DONE]")
          let chunks = try events.dropLast().map {
            try APIJSON.decode(ChatCompletionChunk.self, from: $0.dropFirst(6).utf8)
          }
          #expect(chunks.compactMap { $0.choices.first?.delta.content }.joined() == "Forty-two")
          #expect(chunks.filter { $0.choices.first?.finishReason == .stop }.count == 1)
          #expect(chunks.compactMap(\.usage).map(\.completionTokens) == (wantsUsage ? [2] : []))
          #expect(Set(chunks.map(\.id)).count == 1)
        }
      }
    }
  }
}
