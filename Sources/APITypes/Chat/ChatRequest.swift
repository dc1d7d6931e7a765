/// A question about a document, in the shape of OpenAI's chat completions.
///
/// ``document``, ``policy``, ``explain`` and ``lookup`` are Braid's own fields, ``repeatPenalty`` that of llama.cpp.
/// Fields of OpenAI that would change the shape or the meaning of the answer and are not listed here are
/// refused, all others ignored.
package struct ChatRequest: Codable, Hashable, Sendable {
  /// The id of the document to answer from.
  package var document: String
  /// The reading of the document, in the textual form of policies; `nil` for the default.
  package var policy: String?
  /// True to have the distribution of attention among the answer's measurements. A stream then has them in
  /// its last chunk, as if ``includeUsage`` were set.
  package var explain: Bool
  /// True to draft tokens from the text where that pays; the answer's tokens are the same.
  package var lookup: Bool
  /// The conversation; the last message is the question.
  package var messages: [ChatMessage]
  /// The name of the document's model; `nil` is right for every document, and the name of another model is refused.
  package var model: String?
  /// True to receive the answer token by token.
  package var stream: Bool
  /// The most tokens the answer may have; `nil` for the coordinator's choice.
  package var maxTokens: Int?
  /// Sampling temperature; `nil` or 0 is greedy.
  package var temperature: Double?
  /// The least probability, 0 to 1, that the likeliest tokens, from which one is drawn, have together; `nil`
  /// or 1 for all tokens. Without a ``temperature`` nothing is drawn.
  package var topP: Double?
  /// Texts that end the answer and are no part of it, at most ``mostStops``; a string or a list of them.
  package var stop: [String]
  /// The loss of a token's score for each time that it came before, -2 to 2; `nil` for the coordinator's
  /// choice.
  package var frequencyPenalty: Double?
  /// The loss, taken once, of a token's score if it came before, -2 to 2; `nil` for the coordinator's choice.
  package var presencePenalty: Double?
  /// The divisor of the scores of the answer's last tokens where they are positive, and their factor where
  /// negative, 0.5 to 2; 1 changes nothing, `nil` is the coordinator's choice.
  package var repeatPenalty: Double?
  /// The seed of the sampler; `nil` to draw one. In JSON -1 stands for `nil`, and other negative numbers for
  /// their two's complement.
  package var seed: UInt64?
  /// True to have `usage` and `braid` in the stream's last chunk.
  package var includeUsage: Bool

  /// The most texts that ``stop`` may have.
  package static let mostStops = 4
  /// The most bytes of each of these texts, in UTF-8.
  package static let longestStop = 1024
  /// The most tokens that may be requested; the model's context is another limit.
  package static let mostTokens = 1 << 24
  /// The range of ``frequencyPenalty`` and ``presencePenalty``.
  package static let penalties = -2.0...2.0
  /// The range of ``repeatPenalty``.
  package static let repeatPenalties = 0.5...2.0

  package init(
    document: String,
    policy: String? = nil,
    messages: [ChatMessage],
    model: String? = nil,
    stream: Bool = false,
    maxTokens: Int? = nil,
    temperature: Double? = nil,
    topP: Double? = nil,
    stop: [String] = [],
    frequencyPenalty: Double? = nil,
    presencePenalty: Double? = nil,
    repeatPenalty: Double? = nil,
    seed: UInt64? = nil,
    includeUsage: Bool = false,
    explain: Bool = false,
    lookup: Bool = true
  ) {
    self.document = document
    self.policy = policy
    self.messages = messages
    self.model = model
    self.stream = stream
    self.maxTokens = maxTokens
    self.temperature = temperature
    self.topP = topP
    self.stop = stop
    self.frequencyPenalty = frequencyPenalty
    self.presencePenalty = presencePenalty
    self.repeatPenalty = repeatPenalty
    self.seed = seed
    self.includeUsage = includeUsage
    self.explain = explain
    self.lookup = lookup
  }

  /// Makes a request with one question.
  package init(
    document: String,
    question: String,
    policy: String? = nil,
    maxTokens: Int? = nil,
    seed: UInt64? = nil
  ) {
    self.init(
      document: document,
      policy: policy,
      messages: [ChatMessage(role: .user, content: question)],
      maxTokens: maxTokens,
      seed: seed
    )
  }

  private enum CodingKeys: String, CodingKey {
    case document, policy, explain, lookup, messages, model, stream, temperature, stop, seed
    case topP = "top_p"
    case frequencyPenalty = "frequency_penalty"
    case presencePenalty = "presence_penalty"
    case repeatPenalty = "repeat_penalty"
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
    case streamOptions = "stream_options"
  }

  private struct StreamOptions: Codable {
    var includeUsage: Bool?

    enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }

    init(includeUsage: Bool) { self.includeUsage = includeUsage }

    init(from decoder: any Decoder) throws {
      includeUsage = try RequestFields(decoder, CodingKeys.self).flag(.includeUsage)
    }
  }

  /// Reads a request; `max_completion_tokens` counts as `max_tokens`.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` that names the field at fault, its value and what is taken.
  package init(from decoder: any Decoder) throws {
    let fields = try RequestFields(decoder, CodingKeys.self)
    try UnsupportedFields.refuse(in: decoder)
    document = try fields.text(.document) ?? ""
    policy = try fields.text(.policy)
    explain = try fields.flag(.explain) ?? false
    lookup = try fields.flag(.lookup) ?? true
    guard let messages = try fields.value(.messages, [ChatMessage].self, "it must be a list of messages")
    else {
      throw fields.refusal(.messages, "it must be a list of messages, the last of them with the question")
    }
    self.messages = messages
    model = try fields.text(.model)
    stream = try fields.flag(.stream) ?? false
    let tokens = 1...Self.mostTokens
    maxTokens = try fields.integer(.maxTokens, in: tokens) ?? fields.integer(.maxCompletionTokens, in: tokens)
    temperature = try fields.number(.temperature, in: 0...2)
    topP = try fields.number(.topP, in: 0...1)
    frequencyPenalty = try fields.number(.frequencyPenalty, in: Self.penalties)
    presencePenalty = try fields.number(.presencePenalty, in: Self.penalties)
    repeatPenalty = try fields.number(.repeatPenalty, in: Self.repeatPenalties)
    if let text = fields.attempt(.stop, String.self) {
      stop = [text]
    } else {
      stop = try fields.value(.stop, [String].self, "it must be a text or a list of texts") ?? []
    }
    if let seed = fields.attempt(.seed, UInt64.self) {
      self.seed = seed
    } else {
      let seed = try fields.value(.seed, Int64.self, "it must be a whole number, -1 for any")
      self.seed = seed == -1 ? nil : seed.map { UInt64(bitPattern: $0) }
    }
    includeUsage =
      try fields.value(.streamOptions, StreamOptions.self, "it must be an object")?.includeUsage ?? false
  }

  /// Writes a request.
  ///
  /// - Throws: `EncodingError` for a number that JSON cannot express.
  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(document, forKey: .document)
    try fields.encodeIfPresent(policy, forKey: .policy)
    if explain { try fields.encode(explain, forKey: .explain) }
    if !lookup { try fields.encode(lookup, forKey: .lookup) }
    try fields.encode(messages, forKey: .messages)
    try fields.encodeIfPresent(model, forKey: .model)
    try fields.encode(stream, forKey: .stream)
    try fields.encodeIfPresent(maxTokens, forKey: .maxTokens)
    try fields.encodeIfPresent(temperature, forKey: .temperature)
    try fields.encodeIfPresent(topP, forKey: .topP)
    if !stop.isEmpty { try fields.encode(stop, forKey: .stop) }
    try fields.encodeIfPresent(frequencyPenalty, forKey: .frequencyPenalty)
    try fields.encodeIfPresent(presencePenalty, forKey: .presencePenalty)
    try fields.encodeIfPresent(repeatPenalty, forKey: .repeatPenalty)
    try fields.encodeIfPresent(seed, forKey: .seed)
    if includeUsage { try fields.encode(StreamOptions(includeUsage: true), forKey: .streamOptions) }
  }

  /// Checks the fields that can be checked without the model.
  ///
  /// - Throws: ``ServiceError`` of code `badInput` that names the field at fault.
  package func validate() throws(ServiceError) {
    if document.isEmpty {
      throw ServiceError(
        .badInput,
        "The request names no document: add the field \"document\" with its id.",
        parameter: "document"
      )
    }
    guard let last = messages.last else {
      throw ServiceError(
        .badInput,
        "\"messages\" is empty: add at least one message with the question.",
        parameter: "messages"
      )
    }
    if last.role != .user || last.content.allSatisfy(\.isWhitespace) {
      throw ServiceError(
        .badInput,
        "The last message must be the user's and hold the question.",
        parameter: "messages"
      )
    }
    if let maxTokens, !(1...Self.mostTokens).contains(maxTokens) {
      throw ServiceError(
        .badInput,
        "\"max_tokens\" is \(maxTokens): it must be a whole number from 1 to \(Self.mostTokens).",
        parameter: "max_tokens"
      )
    }
    try Self.check("temperature", temperature, 0...2)
    try Self.check("top_p", topP, 0...1)
    try Self.check("frequency_penalty", frequencyPenalty, Self.penalties)
    try Self.check("presence_penalty", presencePenalty, Self.penalties)
    try Self.check("repeat_penalty", repeatPenalty, Self.repeatPenalties)
    if stop.count > Self.mostStops {
      throw ServiceError(.badInput, "\"stop\" has \(stop.count) texts: it may have \(Self.mostStops).")
    }
    for text in stop where !(1...Self.longestStop).contains(text.utf8.count) {
      throw ServiceError(
        .badInput,
        "\"stop\" has a text of \(text.utf8.count) bytes: each must have 1 to \(Self.longestStop)."
      )
    }
  }
  private static func check(
    _ name: String,
    _ value: Double?,
    _ range: ClosedRange<Double>
  ) throws(ServiceError) {
    guard let value, !range.contains(value) else { return }
    throw ServiceError(
      .badInput,
      "\"\(name)\" is \(plain(value)): it must be a number from \(plain(range.lowerBound)) to "
        + "\(plain(range.upperBound)).",
      parameter: name
    )
  }
}
