internal import APITypes
internal import HTTPAPI
internal import HTTPClient
internal import Synchronization
internal import Testing

@Suite("Requests as strangers and proxies send them", .timeLimit(.minutes(1)))
struct StrangeRequestTests {
  private static func head(_ line: String, _ server: LiveServer, _ more: String...) -> String {
    ([line, "Host: \(server.address)"] + more).joined(separator: "\r\n") + "\r\n\r\n"
  }

  /// Status code, headers and body of an answer.
  private static func parts(_ answer: String) throws -> (status: Int, headers: String, body: String) {
    let end = try #require(answer.firstRange(of: "\r\n\r\n"), "\(answer)")
    let status = answer.dropFirst("HTTP/1.1 ".count).prefix(3)
    return (try #require(Int(status)), String(answer[..<end.lowerBound]), String(answer[end.upperBound...]))
  }

  private static func expectError(_ answer: String, _ status: Int, _ words: String) throws {
    let parts = try parts(answer)
    #expect(parts.status == status, "\(answer)")
    let error = try APIJSON.decode(APIErrorResponse.self, from: parts.body.utf8).error
    #expect(error.message.contains(words), "\(answer)")
  }

  @Test(
    "Who asks under another name is refused, whatever the request",
    arguments: [
      ("GET /v1/documents HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "evil.example"),
      ("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 403, "Host"),
      ("GET /healthz HTTP/1.1\r\n\r\n", 400, "no Host"),
      ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "2 Host headers"),
      (
        "POST /v1/documents HTTP/1.1\r\nHost: HERE\r\nOrigin: null\r\nContent-Length: 5\r\n\r\nHello", 403,
        "null"
      ),
      (
        "POST /v1/documents HTTP/1.1\r\nHost: HERE\r\nOrigin: https://evil.example\r\nContent-Length: 5\r\n\r\nHello",
        403,
        "https://evil.example"
      ),
      ("OPTIONS /v1/documents HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "--http-host"),
    ]
  )
  func otherNames(_ request: String, _ status: Int, _ words: String) async throws {
    let coordinator = FakeCoordinator()
    try await LiveServer.with(coordinator) { server, _ in
      let text = request.replacing("HERE", with: "\(server.address)")
      try Self.expectError(try RawClient.ask(server.address, text), status, words)
    }
    #expect(coordinator.state.withLock { $0.documents.isEmpty })
  }

  @Test("A page of this server, and a program without an origin, are served")
  func ownPage() async throws {
    try await LiveServer.with(FakeCoordinator()) { server, _ in
      for more in ["Origin: http://\(server.address)", "Accept: */*"] {
        let answer = try RawClient.ask(
          server.address,
          Self.head("GET /healthz HTTP/1.1", server, more, "Connection: close")
        )
        #expect(try Self.parts(answer).status == 200)
      }
      let old = try RawClient.ask(server.address, "GET /healthz HTTP/1.0\r\n\r\n")
      #expect(old.hasPrefix("HTTP/1.0 200") && old.hasSuffix("\r\n\r\nok\n"), "\(old)")
    }
  }

  @Test(
    "What is no request is answered with a sentence",
    arguments: [
      ("FROBNICATE /healthz HTTP/1.1\r\nHost: HERE\r\n\r\n", 501, "method"),
      ("GET /healthz HTTP/9.7\r\nHost: HERE\r\n\r\n", 505, "version"),
      ("\0SP\0\0\u{31}\0\0", 501, "method"),
      ("GET /healthz HTTP/1.1\r\nHost: HERE\r\n no colon\r\n\r\n", 400, "HTTP"),
      ("POST /v1/documents HTTP/1.1\r\nHost: HERE\r\nContent-Length: many\r\n\r\n", 400, "Content-Length"),
      ("POST /v1/documents HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "HTTP"),
      ("GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: HERE\r\n\r\n", 431, "too long"),
      (
        "POST /v1/documents HTTP/1.1\r\nHost: HERE\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\n", 417,
        "100-continue"
      ),
    ]
  )
  func unreadable(_ request: String, _ status: Int, _ words: String) async throws {
    try await LiveServer.with(FakeCoordinator()) { server, _ in
      let text = request.replacing("HERE", with: "\(server.address)")
      let answer = try RawClient.ask(server.address, text)
      #expect((400..<600).contains(try Self.parts(answer).status))
      try Self.expectError(answer, status, words)
    }
  }

  @Test("A request cut short is answered, and nothing of it is taken")
  func cutShort() async throws {
    let coordinator = FakeCoordinator()
    try await LiveServer.with(coordinator) { server, _ in
      let text = Self.head("POST /v1/documents HTTP/1.1", server, "Content-Length: 100") + "Hello"
      try Self.expectError(try RawClient.ask(server.address, text, halfCloses: true), 400, "ended before")
    }
    #expect(coordinator.state.withLock { $0.documents.isEmpty })
  }

  @Test("A client that shuts down its sending side gets its whole answer", arguments: [false, true])
  func halfClosure(streams: Bool) async throws {
    let coordinator = FakeCoordinator(pause: .milliseconds(50))
    try await LiveServer.with(coordinator) { server, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      let body = #"{"document":"\#(id)","stream":\#(streams),"messages":[{"role":"user","content":"Why?"}]}"#
      let head = Self.head("POST /v1/chat/completions HTTP/1.1", server, "Content-Length: \(body.utf8.count)")
      let answer = try RawClient.ask(server.address, head + body, halfCloses: true)
      #expect(try Self.parts(answer).status == 200)
      if streams {
        #expect(answer.contains("data: [DONE]") && answer.contains("-two"))
      } else {
        let completion = try APIJSON.decode(ChatCompletion.self, from: try Self.parts(answer).body.utf8)
        #expect(completion.choices.map(\.message.content) == ["Forty-two"])
      }
      let events = try RawClient.ask(
        server.address,
        Self.head("GET /v1/documents/\(id)/events HTTP/1.1", server),
        halfCloses: true
      )
      #expect(events.contains("event: done"), "\(events)")
    }
  }

  @Test("HEAD answers as GET without a body, OPTIONS and other methods say what there is")
  func methods() async throws {
    try await LiveServer.with(FakeCoordinator()) { server, client in
      let id = try await client.submit(DocumentSubmission(name: "x"), bytes: [65]).id
      for path in [
        "/healthz", "/v1/status", "/v1/models", "/v1/workers", "/v1/documents", "/v1/documents/\(id)",
        "/v1/documents/\(id)/timeline", "/v1/documents/\(id)/events",
      ] {
        func ask(_ method: String) throws -> (status: Int, headers: String, body: String) {
          try Self.parts(
            try RawClient.ask(
              server.address,
              Self.head("\(method) \(path) HTTP/1.1", server, "Connection: close")
            )
          )
        }
        let head = try ask("HEAD")
        #expect(head.status == 200 && head.body.isEmpty, "\(path): \(head)")
        let options = try ask("OPTIONS")
        #expect(options.status == 204 && options.body.isEmpty)
        #expect(
          options.headers.lowercased().contains("allow: ") && options.headers.contains("GET, HEAD, OPTIONS")
        )
        for method in ["PATCH", "PUT", "PROPFIND"] {
          let wrong = try ask(method)
          #expect(wrong.status == 405 && wrong.headers.lowercased().contains("allow: "), "\(path): \(wrong)")
          #expect(wrong.body.contains("There is no \(method)"), "\(wrong.body)")
        }
      }
      let missing = try RawClient.ask(
        server.address,
        Self.head("HEAD /nowhere HTTP/1.1", server, "Connection: close")
      )
      #expect(try Self.parts(missing).status == 404 && Self.parts(missing).body.isEmpty)
      let chat = try RawClient.ask(
        server.address,
        Self.head("GET /v1/chat/completions HTTP/1.1", server, "Connection: close")
      )
      try Self.expectError(chat, 405, "only OPTIONS, POST")
    }
  }

  @Test("A client that waits for leave to send its body gets it at once, or a refusal")
  func expectContinue() async throws {
    let coordinator = FakeCoordinator()
    try await LiveServer.with(coordinator, maximumDocumentBytes: 100) { server, _ in
      func upload(_ path: String, _ length: String) throws -> RawClient {
        let client = try RawClient(server.address)
        try client.send(
          Self.head(
            "POST \(path) HTTP/1.1",
            server,
            "Expect: 100-continue",
            "Content-Length: \(length)",
            "Connection: close"
          )
        )
        return client
      }
      let welcome = try upload("/v1/documents", "5")
      #expect(welcome.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
      try welcome.send("Hello")
      #expect(try Self.parts(welcome.receive()).status == 202)
      welcome.close()
      for length in ["101", "5000000", "9223372036854775807"] {
        let refused = try upload("/v1/documents", length)
        try Self.expectError(refused.receive(), 413, "100 bytes")
        refused.close()
      }
      let chat = try upload("/v1/chat/completions", "5000000")
      try Self.expectError(chat.receive(), 413, "4194304 bytes")
      chat.close()
    }
  }

  @Test("An answer that fails has a body that says why")
  func failure() async throws {
    try await LiveServer.with(FakeCoordinator()) { server, client in
      let id = try await client.submit(DocumentSubmission(name: "breaks"), bytes: [65]).id
      let body = #"{"document":"\#(id)","messages":[{"role":"user","content":"Why?"}]}"#
      let head = Self.head("POST /v1/chat/completions HTTP/1.1", server, "Content-Length: \(body.utf8.count)")
      try Self.expectError(try RawClient.ask(server.address, head + body), 500, "The model broke.")
    }
  }
}
