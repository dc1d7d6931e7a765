internal import APITypes
internal import Testing

@Suite("Fields of a chat request")
struct ChatRequestTests {
  private func request(_ fields: String, role: String = "user") throws -> ChatRequest {
    let comma = fields.isEmpty ? "" : ","
    let text = #"{"document":"d","messages":[{"role":"\#(role)","content":"Why?"}]\#(comma)\#(fields)}"#
    return try APIJSON.decode(ChatRequest.self, from: text.utf8)
  }

  private func refusal(_ json: String) -> ServiceError? {
    do {
      try APIJSON.decode(ChatRequest.self, from: json.utf8).validate()
      return nil
    } catch {
      return error as? ServiceError ?? ServiceError(.failed, "\(error)")
    }
  }

  @Test("Penalties arrive as they were sent")
  func penalties() throws {
    let request = try request(#""frequency_penalty":-2,"presence_penalty":0.5,"repeat_penalty":1.1"#)
    #expect(request.frequencyPenalty == -2)
    #expect(request.presencePenalty == 0.5)
    #expect(request.repeatPenalty == 1.1)
    #expect(try APIJSON.decode(ChatRequest.self, from: try APIJSON.encode(request)) == request)
    try request.validate()
    let none = try self.request("")
    #expect(none.frequencyPenalty == nil && none.presencePenalty == nil && none.repeatPenalty == nil)
  }

  @Test("Tokens are drafted unless that is turned off")
  func lookup() throws {
    #expect(try request("").lookup && request(#""lookup":null"#).lookup && request(#""lookup":true"#).lookup)
    let off = try request(#""lookup":false"#)
    #expect(!off.lookup)
    #expect(try APIJSON.decode(ChatRequest.self, from: try APIJSON.encode(off)) == off)
    #expect(try !APIJSON.string(request("")).contains("lookup"))
    let wrong = #"{"document":"d","messages":[{"role":"user","content":"Why?"}],"lookup":2}"#
    #expect(refusal(wrong)?.message.contains("lookup") == true)
  }

  @Test(
    "A seed may be any whole number; -1, null and none leave it open",
    arguments: [
      (#""seed":7"#, 7), (#""seed":0"#, 0), (#""seed":9223372036854775807"#, 9_223_372_036_854_775_807),
      (#""seed":18446744073709551615"#, .max), (#""seed":-2"#, .max - 1), (#""seed":-1"#, nil),
      (#""seed":null"#, nil), ("", nil),
    ] as [(String, UInt64?)]
  )
  func seed(_ field: String, _ seed: UInt64?) throws {
    let request = try request(field)
    #expect(request.seed == seed)
    #expect(try APIJSON.decode(ChatRequest.self, from: try APIJSON.encode(request)) == request)
  }

  @Test("The seed that was used is in an answer and in the piece that ends a stream")
  func usedSeed() throws {
    let figures = AnswerFigures(tokens: 1, timeToFirstTokenSeconds: 1, secondsPerToken: 1, seed: 12)
    let usage = ChatUsage(promptTokens: .max, completionTokens: 1)
    #expect(usage.totalTokens == .max)
    let summary = AnswerSummary(finishReason: .stop, usage: usage, figures: figures)
    let whole = ChatCompletion(id: "x", created: 1, model: "m", text: "t", summary: summary)
    #expect(whole.seed == 12)
    #expect(try APIJSON.string(whole.braid).contains(#""seed":12"#))
    let piece = ChatCompletionChunk(id: "x", created: 1, model: "m", delta: ChatDelta(content: "t"))
    let text = try APIJSON.string(piece)
    #expect(text.contains(#""finish_reason":null"#) && !text.contains("seed"))
    let last = ChatCompletionChunk(
      id: "x",
      created: 1,
      model: "m",
      delta: ChatDelta(),
      finishReason: .length,
      seed: figures.seed
    )
    #expect(try APIJSON.string(last).contains(#""finish_reason":"length""#))
    #expect(try APIJSON.string(last).contains(#""seed":12"#))
  }

  @Test("A developer's message counts as the system's")
  func developer() throws {
    #expect(try request("", role: "developer").messages.map(\.role) == [.system])
  }

  @Test(
    "A field at fault is named as the client wrote it, with its value and what is taken",
    arguments: [
      (
        #""max_tokens":24.5"#, "max_tokens",
        #""max_tokens" is 24.5: it must be a whole number from 1 to 16777216."#
      ),
      (#""max_tokens":9223372036854775807"#, "max_tokens", "is 9223372036854775807"),
      (#""max_completion_tokens":9223372036854775807"#, "max_completion_tokens", "is 9223372036854775807"),
      (#""max_tokens":9223372036854775808"#, "max_tokens", "is 9223372036854775808"),
      (#""max_tokens":1e400"#, "max_tokens", "number beyond all bounds: it must be a whole number"),
      (#""max_tokens":0"#, "max_tokens", "is 0"), (#""max_tokens":-1"#, "max_tokens", "is -1"),
      (#""max_tokens":"many""#, "max_tokens", #"is "many""#),
      (#""max_tokens":true"#, "max_tokens", "is true"),
      (#""max_tokens":[]"#, "max_tokens", "is a list"), (#""max_tokens":{}"#, "max_tokens", "is an object"),
      (#""temperature":1e400"#, "temperature", "number beyond all bounds: it must be a number from 0 to 2"),
      (#""temperature":-0.5"#, "temperature", "is -0.5"),
      (#""temperature":"hot""#, "temperature", #"is "hot""#),
      (#""top_p":1.5"#, "top_p", "is 1.5"),
      (#""frequency_penalty":2.5"#, "frequency_penalty", "from -2 to 2"),
      (#""presence_penalty":-3"#, "presence_penalty", "is -3"),
      (#""repeat_penalty":0"#, "repeat_penalty", "from 0.5 to 2"),
      (#""seed":1.5"#, "seed", "-1 for any"), (#""seed":-9223372036854775809"#, "seed", "whole number"),
      (#""seed":18446744073709551616"#, "seed", "whole number"),
      (#""stream":"yes""#, "stream", #""stream" is "yes": it must be true or false."#),
      (#""explain":1"#, "explain", "is 1"), (#""model":5"#, "model", "it must be a text"),
      (#""policy":{}"#, "policy", "is an object"), (#""stop":5"#, "stop", "a text or a list of texts"),
      (#""stop":["a",5]"#, "stop", "a list"), (#""stream_options":[]"#, "stream_options", "is a list"),
      (#""stream_options":{"include_usage":"x"}"#, "stream_options.include_usage", #"is "x""#),
    ]
  )
  func named(_ field: String, _ parameter: String, _ words: String) throws {
    let json = #"{"document":"d","messages":[{"role":"user","content":"Why?"}],\#(field)}"#
    let refusal = try #require(self.refusal(json))
    #expect(refusal.code == .badInput)
    #expect(refusal.parameter == parameter)
    #expect(
      refusal.message.contains("\"\(parameter)\" is ") && refusal.message.contains(words),
      "\(refusal.message)"
    )
  }

  @Test(
    "A message at fault is named by its place",
    arguments: [
      (#"{"document":"d"}"#, "messages", "missing"),
      (#"{"document":"d","messages":null}"#, "messages", "null"),
      (#"{"document":"d","messages":"Why?"}"#, "messages", #"is "Why?": it must be a list of messages"#),
      (#"{"document":7,"messages":[]}"#, "document", "is 7"),
      (#"{"document":"d","messages":[]}"#, "messages", "empty"),
      (#"{"document":"d","messages":["Why?"]}"#, "messages[0]", "it must be an object"),
      (#"{"document":"d","messages":[{"content":"Why?"}]}"#, "messages[0].role", "missing"),
      (
        #"{"document":"d","messages":[{"role":"tool","content":"Why?"}]}"#, "messages[0].role",
        #"is "tool": it must be "system", "developer", "user" or "assistant""#
      ),
      (#"{"document":"d","messages":[{"role":3,"content":"Why?"}]}"#, "messages[0].role", "is 3"),
      (#"{"document":"d","messages":[{"role":"user"}]}"#, "messages[0].content", "missing"),
      (#"{"document":"d","messages":[{"role":"user","content":null}]}"#, "messages[0].content", "is null"),
      (#"{"document":"d","messages":[{"role":"user","content":4}]}"#, "messages[0].content", "is 4"),
      (
        #"{"document":"d","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"}]}]}"#,
        "messages[0].content[1].type", #"is "image_url": only parts of type "text""#
      ),
      (
        #"{"document":"d","messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
        "messages[0].content[0].text",
        "missing"
      ),
      (
        #"{"document":"d","messages":[{"role":"\#u{1B}[2J","content":""}]}"#, "messages[0].role",
        "\u{FFFD}[2J"
      ),
    ]
  )
  func messages(_ json: String, _ parameter: String, _ words: String) throws {
    let refusal = try #require(self.refusal(json.replacing("\u{1B}", with: "\\u001b")))
    #expect(refusal.parameter == parameter)
    #expect(refusal.message.contains(words), "\(refusal.message)")
    for word in ["Index", "Dictionary", "Array", "Swift", "Int"] { #expect(!refusal.message.contains(word)) }
  }

  @Test(
    "What would change the shape or the meaning of the answer is refused by name",
    arguments: [
      (#""n":3"#, "n"), (#""n":0"#, "n"), (#""best_of":2"#, "best_of"), (#""logprobs":true"#, "logprobs"),
      (#""top_logprobs":5"#, "top_logprobs"), (#""tools":[{"type":"function"}]"#, "tools"),
      (#""tool_choice":"required""#, "tool_choice"), (#""tool_choice":{"type":"function"}"#, "tool_choice"),
      (#""functions":[{}]"#, "functions"), (#""function_call":{"name":"x"}"#, "function_call"),
      (#""response_format":{"type":"json_object"}"#, "response_format"),
      (#""response_format":"json""#, "response_format"),
      (#""logit_bias":{"5":100}"#, "logit_bias"), (#""audio":{"voice":"x"}"#, "audio"),
      (#""modalities":["text","audio"]"#, "modalities"), (#""web_search_options":{}"#, "web_search_options"),
      (#""grammar":"root ::= x""#, "grammar"), (#""json_schema":{}"#, "json_schema"),
      (#""top_k":40"#, "top_k"),
      (#""min_p":0.05"#, "min_p"), (#""typical_p":0.5"#, "typical_p"), (#""mirostat":2"#, "mirostat"),
      (#""dry_multiplier":0.8"#, "dry_multiplier"), (#""repetition_penalty":1.5"#, "repetition_penalty"),
      (#""bad_words":["x"]"#, "bad_words"), (#""use_beam_search":true"#, "use_beam_search"),
      (#""guided_json":{}"#, "guided_json"), (#""guided_regex":"a+""#, "guided_regex"),
      (#""guided_choice":["yes","no"]"#, "guided_choice"), (#""guided_grammar":"x""#, "guided_grammar"),
      (#""structured_outputs":{}"#, "structured_outputs"), (#""format":"json""#, "format"),
      (#""echo":true"#, "echo"), (#""suffix":"x""#, "suffix"), (#""prompt":"x""#, "prompt"),
      (#""continue_final_message":true"#, "continue_final_message"), (#""min_tokens":5"#, "min_tokens"),
      (#""ignore_eos":true"#, "ignore_eos"), (#""stop_token_ids":[2]"#, "stop_token_ids"),
      (#""n_predict":64"#, "n_predict"),
    ]
  )
  func unsupported(_ field: String, _ name: String) throws {
    let refusal = try #require(
      self.refusal(#"{"document":"d","messages":[{"role":"user","content":"Why?"}],\#(field)}"#)
    )
    #expect(refusal.code == .badInput && refusal.parameter == name)
    #expect(refusal.message.hasPrefix("\"\(name)\" is "), "\(refusal.message)")
    #expect(try APIJSON.string(APIErrorResponse(refusal)).contains(#""param":"\#(name)""#))
  }

  @Test(
    "What asks for nothing that Braid lacks is taken, and what changes no answer is ignored",
    arguments: [
      #""n":1"#, #""logprobs":false,"top_logprobs":0"#, #""tools":[],"tool_choice":"auto""#,
      #""tools":[{"type":"function"}],"tool_choice":"none""#, #""functions":[],"function_call":"none""#,
      #""response_format":{"type":"text"}"#, #""logit_bias":{}"#, #""modalities":["text"]"#,
      #""n":null,"logprobs":null,"tools":null,"response_format":null,"logit_bias":null,"audio":null"#,
      #""user":"u","metadata":{"a":"b"},"store":true,"service_tier":"auto","parallel_tool_calls":true"#,
      #""repetition_penalty":1.0,"typical_p":1,"mirostat":0,"dry_multiplier":0,"bad_words":[],"format":"""#,
      #""echo":false,"suffix":null,"min_tokens":0,"ignore_eos":false,"stop_token_ids":[],"n_predict":-1"#,
      #""stream_options":{"include_usage":null,"other":1},"reasoning_effort":"low","top_k":0,"min_p":0"#,
    ]
  )
  func harmless(_ fields: String) throws {
    try request(fields).validate()
  }
}
