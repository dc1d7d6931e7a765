internal import APITypes
internal import Testing

@Suite("Types of the API")
struct APITypesTests {
  @Test("The summary has the documented keys")
  func summaryKeys() throws {
    let text = try APIJSON.string(FakeCoordinator.summary)
    #expect(
      text == """
        {"document":{"chunk_tokens":1000,"chunks":2,"chunks_shrunk":false,"sink_tokens":32,"tokens":2000},"encode":{\
        "compute_seconds_max":1.5,"compute_seconds_mean":1.25,"merge_seconds":0.125,"retries":1,"seconds":2,\
        "tokens_per_second":1000,"wait_seconds":0.5,"wall_over_compute":1.25,"wire":"bf16","wire_bytes":46080000,\
        "wire_seconds":0.25},\
        "workers":[{"chunks":2,"id":"w1","tokens_per_second":800}]}
        """
    )
  }

  @Test("Events survive the way over the wire")
  func events() throws {
    let all: [DocumentEvent] = [
      .progress(FakeCoordinator.progress), .done(FakeCoordinator.summary), .failed(message: "Why \"so\"?\n"),
    ]
    for event in all {
      let data = try event.jsonData()
      #expect(!data.contains(UInt8(ascii: "\n")))
      #expect(try DocumentEvent(name: event.name, data: data) == event)
    }
    #expect(try DocumentEvent(name: "of a later version", data: "{}".utf8) == nil)
  }

  @Test("A chat request accepts what OpenAI's clients send")
  func chatRequest() throws {
    let text = """
      {"model":"m","document":"d","messages":[{"role":"system","content":"Be brief."},{"role":"user",\
      "content":[{"type":"text","text":"One"},{"type":"text","text":"two?"}]}],"max_completion_tokens":9,\
      "top_p":0.9,"stop":["\\n","END"],"n":1,"stream":true,"stream_options":{"include_usage":true},"seed":7,"temperature":0.5}
      """
    let request = try APIJSON.decode(ChatRequest.self, from: text.utf8)
    #expect(
      request
        == ChatRequest(
          document: "d",
          messages: [
            ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: "One\ntwo?"),
          ],
          model: "m",
          stream: true,
          maxTokens: 9,
          temperature: 0.5,
          topP: 0.9,
          stop: ["\n", "END"],
          seed: 7,
          includeUsage: true
        )
    )
    #expect(try APIJSON.decode(ChatRequest.self, from: try APIJSON.encode(request)) == request)
    try request.validate()
  }

  @Test(
    "A stop text may stand alone, be null or be left out",
    arguments: [(#","stop":"END""#, ["END"]), (#","stop":null"#, []), (#","stop":[]"#, []), ("", [])]
  )
  func stop(_ field: String, _ stop: [String]) throws {
    let text = #"{"document":"d","messages":[{"role":"user","content":"Why?"}]\#(field)}"#
    let request = try APIJSON.decode(ChatRequest.self, from: text.utf8)
    #expect(request.stop == stop)
    #expect(try APIJSON.decode(ChatRequest.self, from: try APIJSON.encode(request)) == request)
    try request.validate()
  }

  @Test(
    "An explanation may be asked for, declined, null or left out",
    arguments: [
      (#","explain":true"#, true), (#","explain":false"#, false), (#","explain":null"#, false), ("", false),
    ]
  )
  func explain(_ field: String, _ explains: Bool) throws {
    let text = #"{"document":"d","messages":[{"role":"user","content":"Why?"}]\#(field)}"#
    let request = try APIJSON.decode(ChatRequest.self, from: text.utf8)
    #expect(request.explain == explains)
    #expect(try APIJSON.decode(ChatRequest.self, from: try APIJSON.encode(request)) == request)
    let wrong = #"{"document":"d","messages":[{"role":"user","content":"Why?"}],"explain":"yes"}"#
    #expect(throws: ServiceError.self) { try APIJSON.decode(ChatRequest.self, from: wrong.utf8) }
  }

  @Test("An explanation has the documented keys, and is left out where there is none")
  func explanation() throws {
    let text = try APIJSON.string(FakeCoordinator.explanation)
    #expect(
      text == """
        {"layers":[{"chunks":[{"chunk":1,"share":0.25,"used":0.75}],"layer":0,"rest":0.125,"sink":0.5,\
        "tail":0.125}],"passages":[{"chunk":1,"first_token":1000,"last_token":1999,"share":0.25,\
        "text":"中\\n"}]}
        """
    )
    #expect(try APIJSON.decode(AnswerExplanation.self, from: text.utf8) == FakeCoordinator.explanation)
    let figures = AnswerFigures(tokens: 1, timeToFirstTokenSeconds: 1, secondsPerToken: 1)
    let without = try APIJSON.string(figures)
    #expect(!without.contains("explanation"))
  }

  @Test("Pictures in a message are refused")
  func picture() {
    let text = #"{"document":"d","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#
    #expect(throws: ServiceError.self) { try APIJSON.decode(ChatRequest.self, from: text.utf8) }
  }

  @Test("Every code of an error survives the way over the wire", arguments: ServiceError.Code.allCases)
  func errors(code: ServiceError.Code) throws {
    let error = ServiceError(code, "A sentence.")
    let sent = try APIJSON.encode(APIErrorResponse(error))
    let received = try APIJSON.decode(APIErrorResponse.self, from: sent)
    #expect(received.error.serviceError(status: 418) == error)
    #expect(ServiceError.Code(httpStatusCode: code.httpStatusCode) == code)
  }
}
