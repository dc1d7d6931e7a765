/// Fields of chat requests that change the shape or the meaning of an answer and that Braid does not have.
///
/// A client that sends one would get another answer than it asked for. So they are refused by name, unless
/// their value asks for what Braid does anyway. Fields that are in neither this list nor ``ChatRequest`` are
/// ignored.
enum UnsupportedFields {
  private enum Keys: String, CodingKey, CaseIterable {
    case n, logprobs, tools, functions, audio, modalities, grammar, format, echo, suffix, prompt, mirostat
    case bestOf = "best_of"
    case topLogprobs = "top_logprobs"
    case toolChoice = "tool_choice"
    case functionCall = "function_call"
    case responseFormat = "response_format"
    case logitBias = "logit_bias"
    case webSearchOptions = "web_search_options"
    case jsonSchema = "json_schema"
    case topK = "top_k"
    case minP = "min_p"
    case typicalP = "typical_p"
    case dryMultiplier = "dry_multiplier"
    case repetitionPenalty = "repetition_penalty"
    case badWords = "bad_words"
    case useBeamSearch = "use_beam_search"
    case guidedJSON = "guided_json"
    case guidedRegex = "guided_regex"
    case guidedChoice = "guided_choice"
    case guidedGrammar = "guided_grammar"
    case structuredOutputs = "structured_outputs"
    case minTokens = "min_tokens"
    case ignoreEOS = "ignore_eos"
    case stopTokenIDs = "stop_token_ids"
    case nPredict = "n_predict"
    case continueFinalMessage = "continue_final_message"
  }

  private struct Format: Decodable { var type: String }
  private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
  }

  /// Refuses a request with one of these fields.
  ///
  /// - Parameter decoder: Its JSON.
  /// - Throws: ``ServiceError`` of code `badInput` that names the first such field.
  static func refuse(in decoder: any Decoder) throws {
    let fields = try RequestFields(decoder, Keys.self)
    for key in Keys.allCases where fields.holds(key) && !isHarmless(key, fields) {
      throw fields.refusal(key, "Braid \(reason(key))")
    }
  }

  private static func isHarmless(_ key: Keys, _ fields: RequestFields<Keys>) -> Bool {
    switch key {
    case .n, .bestOf: fields.attempt(key, Int.self) == 1
    case .logprobs: fields.attempt(key, Bool.self) == false || fields.attempt(key, Int.self) == 0
    case .topLogprobs: fields.attempt(key, Int.self) == 0
    case .tools, .functions:
      fields.attempt(key, [Anything].self)?.isEmpty == true
        || fields.attempt(key == .tools ? .toolChoice : .functionCall, String.self) == "none"
    case .toolChoice, .functionCall: ["none", "auto"].contains(fields.attempt(key, String.self))
    case .responseFormat: fields.attempt(key, Format.self)?.type == "text"
    case .logitBias: fields.attempt(key, [String: Anything].self)?.isEmpty == true
    case .modalities: fields.attempt(key, [String].self) == ["text"]
    case .topK: [0, -1].contains(fields.attempt(key, Int.self))
    case .minP, .dryMultiplier: fields.attempt(key, Double.self) == 0
    case .typicalP, .repetitionPenalty: fields.attempt(key, Double.self) == 1
    case .mirostat, .minTokens: fields.attempt(key, Int.self) == 0
    case .nPredict: fields.attempt(key, Int.self) == -1
    case .echo, .useBeamSearch, .ignoreEOS, .continueFinalMessage: fields.attempt(key, Bool.self) == false
    case .badWords, .stopTokenIDs: fields.attempt(key, [Anything].self)?.isEmpty == true
    case .grammar, .format, .suffix: fields.attempt(key, String.self)?.isEmpty == true
    case .audio, .webSearchOptions, .jsonSchema, .prompt, .guidedJSON, .guidedRegex, .guidedChoice,
      .guidedGrammar,
      .structuredOutputs:
      false
    }
  }

  private static func reason(_ key: Keys) -> String {
    switch key {
    case .n, .bestOf: "gives one answer to a question, so it must be 1 or left out"
    case .logprobs, .topLogprobs: "returns no probabilities, so it must be left out"
    case .toolChoice, .functionCall: "calls no tools, so it must be \"none\" or left out"
    case .tools, .functions: "calls no tools, so it must be an empty list or left out"
    case .responseFormat, .jsonSchema, .grammar, .format, .guidedJSON, .guidedRegex, .guidedChoice,
      .guidedGrammar,
      .structuredOutputs:
      "answers in plain text only, so it must be left out"
    case .logitBias, .topK, .minP, .typicalP, .mirostat, .dryMultiplier, .badWords, .useBeamSearch:
      "chooses tokens by temperature, top_p and penalties only, so it must be left out"
    case .repetitionPenalty:
      "has repeat_penalty, over the last 64 tokens of the answer: it must be 1 or left out"
    case .echo, .suffix, .prompt, .continueFinalMessage:
      "answers the last of the messages and returns the answer alone, so it must be left out"
    case .minTokens, .ignoreEOS, .stopTokenIDs, .nPredict:
      "ends an answer where the model does, at a text of stop, or at max_tokens, so it must be left out"
    case .audio, .modalities: "answers in text only, so it must be left out"
    case .webSearchOptions: "answers from the document only, so it must be left out"
    }
  }
}
