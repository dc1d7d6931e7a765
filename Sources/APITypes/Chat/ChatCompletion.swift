/// An event while a question is answered. A stream ends after ``finished(_:)``.
package enum AnswerEvent: Hashable, Sendable {
  /// The next piece of text: whole characters, one or more tokens.
  case delta(ChatDelta)
  /// The answer is complete.
  case finished(AnswerSummary)
}

/// A piece of an answer.
package struct ChatDelta: Codable, Hashable, Sendable {
  /// The role of the speaker; sent once, at the start.
  package var role: ChatMessage.Role?
  /// Text to append.
  package var content: String?

  package init(role: ChatMessage.Role? = nil, content: String? = nil) {
    self.role = role
    self.content = content
  }
}

/// The end of an answer, with its figures.
package struct AnswerSummary: Hashable, Sendable {
  /// The reason for its end.
  package var finishReason: FinishReason
  /// Token counts.
  package var usage: ChatUsage
  /// Braid's measurements.
  package var figures: AnswerFigures

  package init(finishReason: FinishReason, usage: ChatUsage, figures: AnswerFigures) {
    self.finishReason = finishReason
    self.usage = usage
    self.figures = figures
  }
}

/// The reason for the end of an answer.
package enum FinishReason: String, Codable, Hashable, Sendable {
  /// The model ended it.
  case stop
  /// The allowed number of tokens was reached.
  case length
}

/// Token counts of one answer.
package struct ChatUsage: Codable, Hashable, Sendable {
  /// Tokens read: sink, document and question.
  package var promptTokens: Int
  /// Tokens of the answer.
  package var completionTokens: Int
  /// Their sum.
  package var totalTokens: Int

  /// Makes counts with their sum.
  package init(promptTokens: Int, completionTokens: Int) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    let (sum, overflow) = promptTokens.addingReportingOverflow(completionTokens)
    self.totalTokens = overflow ? .max : sum
  }

  private enum CodingKeys: String, CodingKey {
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case totalTokens = "total_tokens"
  }
}

/// Measurements of one answer: the `braid` object.
package struct AnswerFigures: Codable, Hashable, Sendable {
  /// Tokens of the answer.
  package var tokens: Int
  /// Seconds from the request to the first token.
  package var timeToFirstTokenSeconds: Double
  /// Seconds between tokens after the first, on average.
  package var secondsPerToken: Double
  /// Entropy of the attention after selection, averaged over heads, tokens and layers; nil if not measured.
  package var entropyNats: Double?
  /// Chunks attended by a head and token, on average; nil if not measured.
  package var chunksSelected: Double?
  /// Tokens of the answer that were drafted from the text and verified; nil if none were to be.
  package var draftedTokens: Int?
  /// Drafted tokens that were right; nil if none were to be drafted.
  package var acceptedTokens: Int?
  /// The policy used, in its textual form.
  package var policy: String?
  /// The seed with which the answer was drawn; asking again with it gives the same answer.
  package var seed: UInt64?
  /// The distribution of the attention, if it was requested.
  package var explanation: AnswerExplanation?

  package init(
    tokens: Int,
    timeToFirstTokenSeconds: Double,
    secondsPerToken: Double,
    entropyNats: Double? = nil,
    chunksSelected: Double? = nil,
    draftedTokens: Int? = nil,
    acceptedTokens: Int? = nil,
    policy: String? = nil,
    seed: UInt64? = nil,
    explanation: AnswerExplanation? = nil
  ) {
    self.tokens = tokens
    self.timeToFirstTokenSeconds = timeToFirstTokenSeconds
    self.secondsPerToken = secondsPerToken
    self.entropyNats = entropyNats
    self.chunksSelected = chunksSelected
    self.draftedTokens = draftedTokens
    self.acceptedTokens = acceptedTokens
    self.policy = policy
    self.seed = seed
    self.explanation = explanation
  }

  private enum CodingKeys: String, CodingKey {
    case tokens, policy, seed, explanation
    case timeToFirstTokenSeconds = "time_to_first_token_seconds"
    case secondsPerToken = "seconds_per_token"
    case entropyNats = "entropy_nats"
    case chunksSelected = "chunks_selected"
    case draftedTokens = "drafted_tokens"
    case acceptedTokens = "accepted_tokens"
  }
}

/// A whole answer, in the shape of OpenAI's `chat.completion`.
package struct ChatCompletion: Codable, Hashable, Sendable {
  /// The only alternative.
  package struct Choice: Codable, Hashable, Sendable {
    /// Always 0.
    package var index: Int
    /// The answer.
    package var message: ChatMessage
    /// The reason for its end.
    package var finishReason: FinishReason

    private enum CodingKeys: String, CodingKey {
      case index, message
      case finishReason = "finish_reason"
    }
  }

  /// The id of this answer.
  package var id: String
  /// Always `chat.completion`.
  package var object: String
  /// The time of the request, in seconds since 1970.
  package var created: Int
  /// The model's name.
  package var model: String
  /// One choice.
  package var choices: [Choice]
  /// Token counts.
  package var usage: ChatUsage
  /// The seed with which the answer was drawn, where one was.
  package var seed: UInt64?
  /// Braid's measurements.
  package var braid: AnswerFigures

  /// Makes a whole answer.
  package init(id: String, created: Int, model: String, text: String, summary: AnswerSummary) {
    self.id = id
    self.object = "chat.completion"
    self.created = created
    self.model = model
    self.choices = [
      Choice(
        index: 0,
        message: ChatMessage(role: .assistant, content: text),
        finishReason: summary.finishReason
      )
    ]
    self.usage = summary.usage
    self.seed = summary.figures.seed
    self.braid = summary.figures
  }
}

/// A piece of a streamed answer, in the shape of OpenAI's `chat.completion.chunk`.
package struct ChatCompletionChunk: Codable, Hashable, Sendable {
  /// The only alternative.
  package struct Choice: Codable, Hashable, Sendable {
    /// Always 0.
    package var index: Int
    /// The piece to append.
    package var delta: ChatDelta
    /// The reason for the answer's end, in the last piece with a choice.
    package var finishReason: FinishReason?

    private enum CodingKeys: String, CodingKey {
      case index, delta
      case finishReason = "finish_reason"
    }

    /// Writes the choice. The reason is in every piece, null before the last, as clients expect it.
    ///
    /// - Throws: The errors of the encoder.
    package func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(index, forKey: .index)
      try fields.encode(delta, forKey: .delta)
      try fields.encode(finishReason, forKey: .finishReason)
    }
  }

  /// The id of this answer.
  package var id: String
  /// Always `chat.completion.chunk`.
  package var object: String
  /// The time of the request, in seconds since 1970.
  package var created: Int
  /// The model's name.
  package var model: String
  /// One choice, or none in the last piece, which carries ``usage``.
  package var choices: [Choice]
  /// The seed with which the answer was drawn, in the piece with the reason for the end.
  package var seed: UInt64?
  /// Token counts, in the last piece and only when they or an explanation were requested.
  package var usage: ChatUsage?
  /// Braid's measurements, beside ``usage``.
  package var braid: AnswerFigures?

  /// Makes a piece with text or with the reason for the end.
  package init(
    id: String,
    created: Int,
    model: String,
    delta: ChatDelta,
    finishReason: FinishReason? = nil,
    seed: UInt64? = nil
  ) {
    self.id = id
    self.object = "chat.completion.chunk"
    self.created = created
    self.model = model
    self.choices = [Choice(index: 0, delta: delta, finishReason: finishReason)]
    self.seed = seed
  }

  /// Makes the last piece, with counts and measurements.
  package init(id: String, created: Int, model: String, usage: ChatUsage, braid: AnswerFigures) {
    self.id = id
    self.object = "chat.completion.chunk"
    self.created = created
    self.model = model
    self.choices = []
    self.usage = usage
    self.braid = braid
  }
}
