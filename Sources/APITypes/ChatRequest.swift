/// A question about a document, in the shape of OpenAI's chat completions.
///
/// ``document``, ``policy`` and ``explain`` are Braid's own fields. Fields of OpenAI that are not listed here are ignored.
public struct ChatRequest: Codable, Hashable, Sendable {
  /// The id of the document to answer from.
  public var document: String
  /// How the answer reads the document, in the textual form of policies; `nil` for the default.
  public var policy: String?
  /// Whether the answer's measurements say where its attention went. A stream then has them in its last chunk,
  /// as if ``includeUsage`` were set.
  public var explain: Bool
  /// The conversation; the last message is the question.
  public var messages: [ChatMessage]
  /// The model's name. There is one model, so it is only echoed.
  public var model: String?
  /// Whether the answer is wanted token by token.
  public var stream: Bool
  /// The most tokens the answer may have; `nil` for the coordinator's choice.
  public var maxTokens: Int?
  /// Sampling temperature; `nil` or 0 is greedy.
  public var temperature: Double?
  /// The share of the probability, 0 to 1, that the tokens drawn from have together; `nil` or 1 for all tokens.
  /// Without a ``temperature`` nothing is drawn.
  public var topP: Double?
  /// Texts that end the answer and are no part of it, at most ``mostStops``; a string or a list of them.
  public var stop: [String]
  /// The seed of the sampler.
  public var seed: UInt64?
  /// Whether the stream's last chunk carries `usage` and `braid`.
  public var includeUsage: Bool

  /// The most texts that ``stop`` may have.
  public static let mostStops = 4
  /// The most bytes of one of them, in UTF-8.
  public static let longestStop = 1024

  /// A request from its fields.
  public init(
    document: String,
    policy: String? = nil,
    messages: [ChatMessage],
    model: String? = nil,
    stream: Bool = false,
    maxTokens: Int? = nil,
    temperature: Double? = nil,
    topP: Double? = nil,
    stop: [String] = [],
    seed: UInt64? = nil,
    includeUsage: Bool = false,
    explain: Bool = false
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
    self.seed = seed
    self.includeUsage = includeUsage
    self.explain = explain
  }

  /// A request with one question.
  public init(
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
    case document, policy, explain, messages, model, stream, temperature, stop, seed
    case topP = "top_p"
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
    case streamOptions = "stream_options"
  }

  private struct StreamOptions: Codable {
    var includeUsage: Bool?

    enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
  }

  /// Reads a request; `max_completion_tokens` counts as `max_tokens`.
  ///
  /// - Throws: `DecodingError` when a field has the wrong type.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    document = try fields.decodeIfPresent(String.self, forKey: .document) ?? ""
    policy = try fields.decodeIfPresent(String.self, forKey: .policy)
    explain = try fields.decodeIfPresent(Bool.self, forKey: .explain) ?? false
    messages = try fields.decode([ChatMessage].self, forKey: .messages)
    model = try fields.decodeIfPresent(String.self, forKey: .model)
    stream = try fields.decodeIfPresent(Bool.self, forKey: .stream) ?? false
    maxTokens =
      try fields.decodeIfPresent(Int.self, forKey: .maxTokens)
      ?? fields.decodeIfPresent(Int.self, forKey: .maxCompletionTokens)
    temperature = try fields.decodeIfPresent(Double.self, forKey: .temperature)
    topP = try fields.decodeIfPresent(Double.self, forKey: .topP)
    if let text = try? fields.decodeIfPresent(String.self, forKey: .stop) {
      stop = [text]
    } else {
      stop = try fields.decodeIfPresent([String].self, forKey: .stop) ?? []
    }
    seed = try fields.decodeIfPresent(UInt64.self, forKey: .seed)
    includeUsage =
      try fields.decodeIfPresent(StreamOptions.self, forKey: .streamOptions)?.includeUsage ?? false
  }

  /// Writes a request.
  ///
  /// - Throws: `EncodingError` for a number that JSON cannot express.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(document, forKey: .document)
    try fields.encodeIfPresent(policy, forKey: .policy)
    if explain { try fields.encode(explain, forKey: .explain) }
    try fields.encode(messages, forKey: .messages)
    try fields.encodeIfPresent(model, forKey: .model)
    try fields.encode(stream, forKey: .stream)
    try fields.encodeIfPresent(maxTokens, forKey: .maxTokens)
    try fields.encodeIfPresent(temperature, forKey: .temperature)
    try fields.encodeIfPresent(topP, forKey: .topP)
    if !stop.isEmpty { try fields.encode(stop, forKey: .stop) }
    try fields.encodeIfPresent(seed, forKey: .seed)
    if includeUsage { try fields.encode(StreamOptions(includeUsage: true), forKey: .streamOptions) }
  }

  /// Checks what can be checked without the model.
  ///
  /// - Throws: ``ServiceError`` of kind `badInput` that names the field at fault.
  public func validate() throws(ServiceError) {
    if document.isEmpty {
      throw ServiceError(.badInput, "The request names no document: add the field \"document\" with its id.")
    }
    guard let last = messages.last else {
      throw ServiceError(.badInput, "\"messages\" is empty: add at least one message with the question.")
    }
    if last.role != .user || last.content.isEmpty {
      throw ServiceError(.badInput, "The last message must be the user's and hold the question.")
    }
    if let maxTokens, maxTokens < 1 {
      throw ServiceError(.badInput, "\"max_tokens\" is \(maxTokens): it must be 1 or more.")
    }
    if let temperature, !(0...2).contains(temperature) {
      throw ServiceError(.badInput, "\"temperature\" is \(temperature): it must lie between 0 and 2.")
    }
    if let topP, !(0...1).contains(topP) {
      throw ServiceError(.badInput, "\"top_p\" is \(topP): it must lie between 0 and 1.")
    }
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
}

/// One message of a conversation.
public struct ChatMessage: Codable, Hashable, Sendable {
  /// Who speaks.
  public enum Role: String, Codable, Hashable, Sendable {
    /// Instructions to the model.
    case system
    /// The person who asks.
    case user
    /// The model.
    case assistant
  }

  /// Who speaks.
  public var role: Role
  /// What is said.
  public var content: String

  /// A message from its fields.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }

  private enum CodingKeys: String, CodingKey { case role, content }

  private struct Part: Decodable {
    var type: String
    var text: String?
  }

  /// Reads a message whose content is a string or a list of text parts.
  ///
  /// - Throws: `DecodingError` for an unknown role or a part that is no text.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    role = try fields.decode(Role.self, forKey: .role)
    if let text = try? fields.decode(String.self, forKey: .content) {
      content = text
      return
    }
    content = try fields.decode([Part].self, forKey: .content).map { part in
      guard part.type == "text", let text = part.text else {
        throw DecodingError.dataCorruptedError(
          forKey: .content,
          in: fields,
          debugDescription: "only text is understood, not \"\(part.type)\""
        )
      }
      return text
    }.joined(separator: "\n")
  }
}
